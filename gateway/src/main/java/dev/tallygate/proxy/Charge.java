package dev.tallygate.proxy;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Reservation;
import dev.tallygate.usage.UsageExtractor;
import org.jspecify.annotations.Nullable;

/**
 * What a call is charged: what the upstream said or, where a stream was cut off before it did, or
 * an answer did not although it had to, an estimate of what was produced.
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
   * @param extractor what has read the answer; null where it was of a kind that is not read
   * @param reservation where the estimates come from
   * @param untoldBytes of an answer in one piece that is whole and had to tell its usage; else 0
   * @return null when nothing is charged
   */
  static @Nullable Charge of(
      Outcome how,
      int status,
      @Nullable UsageExtractor extractor,
      Reservation reservation,
      long untoldBytes) {
    TokenUsage said = extractor == null ? null : extractor.usage();
    if (extractor != null && said != null && extractor.isFinal()) {
      return new Charge(said, extractor.outputBytes(), 0);
    }
    if (!isSuccess(status) && said == null) {
      return null;
    }
    if (extractor == null || !extractor.isStream()) {
      return untoldBytes == 0 ? null : completed(TokenUsage.NONE, untoldBytes, reservation);
    }
    long outputBytes = extractor.outputBytes();
    boolean produced = outputBytes > 0 || (how == Outcome.CLIENT_GONE && !extractor.failed());
    if (said == null && !produced) {
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
