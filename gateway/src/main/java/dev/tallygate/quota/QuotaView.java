package dev.tallygate.quota;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used and has left. Instants are by the wall clock of the moment of asking, to the
 * second.
 *
 * @param used tokens that count now
 * @param reserved tokens held for calls that have not ended
 * @param limit tokens in 5 hours
 * @param remaining tokens not used, never negative; some of them may be reserved
 * @param windowStartedAt the minute of the oldest usage that counts; now, when nothing does
 * @param windowEndsAt when that usage leaves; in 5 hours, when nothing counts
 * @param reset how long until nothing that is used now counts any more, what is reserved taken for
 *     used; zero when there is neither
 * @param requests the same for requests, or null where the key has no limit on them
 */
public record QuotaView(
    long used,
    long reserved,
    long limit,
    long remaining,
    Instant windowStartedAt,
    Instant windowEndsAt,
    Duration reset,
    @Nullable Requests requests) {

  /** Requests in a minute: the limit, how many are left, and how long until all are back. */
  public record Requests(int limit, int remaining, Duration reset) {}
}
