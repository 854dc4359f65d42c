package dev.tallygate.store.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A key's account, which grows with each call. Thread-safe. */
final class RunningAccount {
  private static final long NEVER = Long.MIN_VALUE;

  private long tokens;
  private long lastUsedMillis;

  RunningAccount(Account begun) {
    this.tokens = begun.tokens();
    this.lastUsedMillis = millis(begun);
  }

  private static long millis(Account account) {
    @Nullable Instant lastUsed = account.lastUsed();
    return lastUsed == null ? NEVER : lastUsed.toEpochMilli();
  }

  void add(Account other) {
    add(other.tokens(), millis(other));
  }

  synchronized void add(long more, long epochMillis) {
    long sum = tokens + more;
    tokens = sum < 0 ? Long.MAX_VALUE : sum;
    lastUsedMillis = Math.max(lastUsedMillis, epochMillis);
  }

  synchronized Account now() {
    return new Account(
        tokens, lastUsedMillis == NEVER ? null : Instant.ofEpochMilli(lastUsedMillis));
  }
}
