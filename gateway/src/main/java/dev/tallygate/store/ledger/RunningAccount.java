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
    @Nullable Instant lastUsed = begun.lastUsed();
    this.lastUsedMillis = lastUsed == null ? NEVER : lastUsed.toEpochMilli();
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
