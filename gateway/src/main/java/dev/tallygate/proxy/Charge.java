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
 * @param outputBytes generated text that was relayed, as far as it was looked at
 * @param estimatedTokens how many of the tokens are the gateway's estimate
 */
record Charge(TokenUsage usage, long outputBytes, long estimatedTokens) {

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
      return new Charge(said, outputBytes, 0);
    }
    boolean produced = outputBytes > 0 || (how == Outcome.CLIENT_GONE && !extractor.failed());
    if (said == null && !(extractor.isStream() && isSuccess(status) && produced)) {
      return null;
    }
    return completed(said == null ? TokenUsage.NONE : said, outputBytes, reservation);
  }

  /** What a stream says at its beginning is its input, and an output that has only begun. */
  private static Charge completed(TokenUsage said, long outputBytes, Reservation reservation) {
    TokenUsage estimate = reservation.estimate(outputBytes);
    long input = said.input() > 0 ? said.input() : estimate.input();
    long output = Math.max(said.output(), estimate.output());
    return new Charge(
        new TokenUsage(input, said.cacheRead(), said.cacheWritten(), output),
        outputBytes,
        input - said.input() + output - said.output());
  }

  boolean isEstimated() {
    return estimatedTokens > 0;
  }

  private static boolean isSuccess(int status) {
    return status >= 200 && status < 300;
  }
}
