package dev.tallygate.quota;

import java.time.Duration;
import java.time.Instant;

/** The answer to "has the key enough left for this call?". */
public sealed interface Admission {
  /** The call may be made; the reservation must be ended exactly once. */
  record Admitted(Reservation reservation) implements Admission {}

  /**
   * The call is refused; nothing was counted.
   *
   * @param limit which limit is reached; of several, the one that takes longest
   * @param tokensUsed what counts against the token limit now
   * @param tokensReserved what is held for calls that are running
   * @param tokensLimit the token limit
   * @param windowEndsAt by the wall clock, to the second; when tokens are what is missing, the
   *     moment the call would be admitted again, else when the oldest usage leaves the window
   * @param retryAfter how long until the call would be admitted if nothing else happens, at least a
   *     millisecond; for a limit of 0 the window's length; a second where only running calls are in
   *     the way, since nobody can know when they end
   */
  record Rejected(
      Limit limit,
      long tokensUsed,
      long tokensReserved,
      long tokensLimit,
      Instant windowEndsAt,
      Duration retryAfter)
      implements Admission {}

  /**
   * The call is refused for good: even with nothing else used, its worst case is more than a strict
   * limit. Nothing was counted.
   *
   * @param worstCase tokens that it may cost
   * @param tokensLimit the token limit
   * @param saysMaxOutput whether the client set a maximum of output tokens, rather than the one of
   *     the models being assumed
   */
  record NeverFits(long worstCase, long tokensLimit, boolean saysMaxOutput) implements Admission {}

  /** The limits of a key. */
  enum Limit {
    /** Tokens in 5 hours. */
    TOKENS,
    /** Requests in a minute. */
    REQUESTS,
    /** Calls at the same time. */
    CONCURRENCY
  }
}
