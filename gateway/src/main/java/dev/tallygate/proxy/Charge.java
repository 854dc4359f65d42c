package dev.tallygate.proxy;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Reservation;
import dev.tallygate.usage.UsageExtractor;
import org.jspecify.annotations.Nullable;

/**
 * What a call is charged: what the upstream said or, where a stream was cut off before it did, an
 * estimate of what it had produced.
 *
 * @param usage the tokens
 * @param outputBytes generated text that was relayed; 0 for an answer that was not streamed
 * @param estimated whether any of it is the gateway's estimate
 */
record Charge(TokenUsage usage, long outputBytes, boolean estimated) {

  /**
   * Decides it when the call is over.
   *
   * @param status of the answer
   * @param extractor what has read the answer; null where there was none to read
   * @param reservation where the estimates come from; null where nothing was admitted
   * @return null when nothing is charged
   */
  static @Nullable Charge of(
      int status,
      @Nullable UsageExtractor extractor,
      Outcome how,
      @Nullable Reservation reservation) {
    if (extractor == null || reservation == null) {
      return null;
    }
    TokenUsage said = extractor.usage();
    long outputBytes = extractor.outputBytes();
    if (said != null && extractor.isFinal()) {
      return new Charge(said, outputBytes, false);
    }
    boolean produced = outputBytes > 0 || (how == Outcome.CLIENT_GONE && !extractor.failed());
    if (said == null && !(extractor.isStream() && isSuccess(status) && produced)) {
      return null;
    }
    return new Charge(atLeast(said, reservation.estimate(outputBytes)), outputBytes, true);
  }

  /** What a stream says at its beginning: its input, and an output that has only begun. */
  private static TokenUsage atLeast(@Nullable TokenUsage said, TokenUsage estimate) {
    if (said == null) {
      return estimate;
    }
    return new TokenUsage(
        said.input() > 0 ? said.input() : estimate.input(),
        said.cacheRead(),
        said.cacheWritten(),
        Math.max(said.output(), estimate.output()));
  }

  private static boolean isSuccess(int status) {
    return status >= 200 && status < 300;
  }
}
