package dev.tallygate.quota;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used and has left. Times are by the wall clock of the moment of asking, in seconds
 * since the Unix epoch: each answer tells some of this, and few of them the times.
 *
 * @param used tokens that count now
 * @param reserved tokens held for calls that have not ended
 * @param limit tokens in 5 hours
 * @param remaining tokens not used, never negative; some of them may be reserved
 * @param windowStartSecond the minute of the oldest usage that counts; now, when nothing does
 * @param windowEndSecond when that usage leaves; in 5 hours, when nothing counts
 * @param reset how long until nothing that is used now counts any more, what is reserved taken for
 *     used; zero when there is neither
 * @param requests the same for requests, or null where the key has no limit on them
 * @param open calls that have not ended
 */
public record QuotaView(
    long used,
    long reserved,
    long limit,
    long remaining,
    long windowStartSecond,
    long windowEndSecond,
    Duration reset,
    @Nullable Requests requests,
    int open) {

  /**
   * What the next call finds if no other ends before; never negative. This is what clients pace
   * themselves by, so their own running calls are taken off.
   */
  public long available() {
    return new Budget(limit, used, reserved).available();
  }

  /** The beginning of the window. */
  public Instant windowStartedAt() {
    return Instant.ofEpochSecond(windowStartSecond);
  }

  /** When what counts longest leaves it. */
  public Instant windowEndsAt() {
    return Instant.ofEpochSecond(windowEndSecond);
  }

  /** Requests in a minute: the limit, how many are left, and how long until all are back. */
  public record Requests(int limit, int remaining, Duration reset) {}
}
