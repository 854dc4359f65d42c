package dev.tallygate.upstream;

import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream has said of the accounts that it is called with, by their credentials: whose
 * quota is used up, and whose it refuses. Thread-safe; while nothing is wrong a call costs two
 * reads.
 *
 * <p>A provider's word is not taken for ever: an account without quota is asked once every {@link
 * #ASKED_EVERY}, since it may have been topped up, and one that has served a call is believed to
 * serve the next. What nobody has heard of for a day is forgotten.
 */
public final class AccountState {
  /** The longest time that is believed: a month and some. */
  private static final Duration LONGEST = Duration.ofDays(35);

  static final Duration ASKED_EVERY = Duration.ofMinutes(10);

  private static final long ASKED_EVERY_NANOS = ASKED_EVERY.toNanos();
  private static final long FORGOTTEN_NANOS = Duration.ofDays(1).toNanos();

  /**
   * A quota of the provider's that is used up.
   *
   * @param until when it is there again, by the wall clock
   * @param left how long that is from now
   */
  public record Spent(Instant until, Duration left) {}

  // By the monotonic clock as well: a wall clock that is set does not lengthen it.
  private record Block(Instant until, long untilNanos, long toldNanos, long askAgainNanos) {
    Block askedAt(long now) {
      return new Block(until, untilNanos, toldNanos, now + ASKED_EVERY_NANOS);
    }

    /** Of two that are told, the one that is over last, as of now. */
    Block or(Block told) {
      return until.isAfter(told.until)
          ? new Block(until, untilNanos, told.toldNanos, told.askAgainNanos)
          : told;
    }

    Spent at(long now) {
      return new Spent(until, Duration.ofNanos(untilNanos - now));
    }
  }

  private record Refusal(int code, long toldNanos) {}

  private final Ticker ticker;
  private final Map<Secret, Block> blocks = new ConcurrentHashMap<>();
  private final Map<Secret, Refusal> refusals = new ConcurrentHashMap<>();

  /** Begins with nothing known. */
  public AccountState(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Whether anything is wrong with any account. */
  public boolean isTroubled() {
    return !blocks.isEmpty() || !refusals.isEmpty();
  }

  /** The quota of the account behind a credential that is used up, or null. */
  public @Nullable Spent spent(Secret credential) {
    Block block = block(credential);
    return block == null ? null : block.at(ticker.nanos());
  }

  /** As {@link #spent}, but null also when it is time to ask again; takes nothing. */
  public @Nullable Spent closedToCalls(Secret credential) {
    Block block = block(credential);
    return block == null || isAskedAgain(block) ? null : block.at(ticker.nanos());
  }

  /** Asks to make a call; why it must not be made, or null, of a spent account once in a while. */
  public @Nullable Spent enter(Secret credential) {
    Block block = block(credential);
    if (block == null) {
      return null;
    }
    long now = ticker.nanos();
    if (isAskedAgain(block) && blocks.replace(credential, block, block.askedAt(now))) {
      return null;
    }
    return block.at(now);
  }

  private @Nullable Block block(Secret credential) {
    if (blocks.isEmpty()) {
      return null;
    }
    Block block = blocks.get(credential);
    return block == null || isOver(block) ? null : block;
  }

  private boolean isOver(Block block) {
    return block.untilNanos - ticker.nanos() <= 0;
  }

  private boolean isAskedAgain(Block block) {
    return block.askAgainNanos - ticker.nanos() <= 0;
  }

  /** A reset time as it is told now, or null where it is past or too far away to be believed. */
  public @Nullable Spent until(@Nullable Instant reset) {
    if (reset == null) {
      return null;
    }
    Duration left = Duration.between(ticker.now(), reset);
    return left.isPositive() && left.compareTo(LONGEST) <= 0 ? new Spent(reset, left) : null;
  }

  /**
   * The upstream says that the account behind a credential has used up a quota; of several, the one
   * that comes back last counts.
   *
   * @return whether that is news
   */
  public boolean spend(Secret credential, Spent spent) {
    long now = ticker.nanos();
    blocks.values().removeIf(this::isOver);
    Block before = blocks.get(credential);
    Block told = new Block(spent.until, now + spent.left.toNanos(), now, now + ASKED_EVERY_NANOS);
    blocks.merge(credential, told, Block::or);
    return before == null || before.until.isBefore(spent.until);
  }

  /**
   * The upstream refuses the account behind a credential.
   *
   * @param code the provider's, or the HTTP status
   * @return whether that is news
   */
  public boolean refused(Secret credential, int code) {
    long now = ticker.nanos();
    refusals.values().removeIf(refusal -> now - refusal.toldNanos > FORGOTTEN_NANOS);
    Refusal before = refusals.put(credential, new Refusal(code, now));
    return before == null || before.code != code;
  }

  /**
   * The upstream has served the account behind a credential.
   *
   * @param sinceNanos when that call was made: what was said later still counts
   * @return whether that is news
   */
  public boolean served(Secret credential, long sinceNanos) {
    Refusal refusal = refusals.get(credential);
    Block block = blocks.get(credential);
    boolean accepted =
        refusal != null
            && refusal.toldNanos - sinceNanos <= 0
            && refusals.remove(credential, refusal);
    boolean opened =
        block != null && block.toldNanos - sinceNanos <= 0 && blocks.remove(credential, block);
    return accepted || opened;
  }

  /** With what code the account behind a credential was last refused, or 0 when it is served. */
  public int refusedWith(Secret credential) {
    Refusal refusal = refusals.get(credential);
    return refusal == null ? 0 : refusal.code;
  }

  /** Forgets all that was said. */
  public void forget() {
    blocks.clear();
    refusals.clear();
  }
}
