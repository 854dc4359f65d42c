package dev.tallygate.upstream;

import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream has said of the accounts that it is called with: whose quota is used up, and
 * whether it refuses the gateway's. Thread-safe; while nothing is wrong a call costs two reads.
 */
public final class AccountState {
  /** The longest time that is believed: a month and some. */
  private static final Duration LONGEST = Duration.ofDays(35);

  /**
   * A quota of the provider's that is used up.
   *
   * @param until when it is there again, by the wall clock
   * @param left how long that is from now
   */
  public record Spent(Instant until, Duration left) {}

  // By the monotonic clock as well: a wall clock that is set does not lengthen it.
  private record Block(Instant until, long untilNanos) {}

  private final Ticker ticker;
  private final Map<Secret, Block> blocks = new ConcurrentHashMap<>();
  private volatile int refused;

  /** Begins with nothing known. */
  public AccountState(Ticker ticker) {
    this.ticker = ticker;
  }

  /** The quota of the account behind a credential that is used up, or null. */
  public @Nullable Spent spent(Secret credential) {
    if (blocks.isEmpty()) {
      return null;
    }
    Block block = blocks.get(credential);
    if (block == null) {
      return null;
    }
    long left = block.untilNanos - ticker.nanos();
    if (left <= 0) {
      blocks.remove(credential, block);
      return null;
    }
    return new Spent(block.until, Duration.ofNanos(left));
  }

  /** A reset time as it is told now, or null where it is past or too far away to be believed. */
  public @Nullable Spent until(@Nullable Instant reset) {
    if (reset == null) {
      return null;
    }
    Duration left = Duration.between(ticker.now(), reset);
    return left.isPositive() && left.compareTo(LONGEST) <= 0 ? new Spent(reset, left) : null;
  }

  /** The upstream says that the account behind a credential has used up its quota. */
  public void spend(Secret credential, Spent spent) {
    blocks.put(credential, new Block(spent.until, ticker.nanos() + spent.left.toNanos()));
  }

  /**
   * The upstream refuses the gateway's account.
   *
   * @param code the provider's, or the HTTP status
   */
  public void refused(int code) {
    refused = code;
  }

  /** The upstream has served the gateway's account. */
  public void served() {
    refused = 0;
  }

  /** With what code the gateway's account was last refused, or 0 when it is served. */
  public int refusedWith() {
    return refused;
  }
}
