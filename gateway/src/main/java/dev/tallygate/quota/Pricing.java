package dev.tallygate.quota;

import java.util.OptionalLong;

/** What a call may cost, in tokens: what to expect and the worst case. Thread-safe. */
final class Pricing {
  /** Expected of an answer by a key without history, whose client sets no maximum. */
  private static final long OUTPUT_OF_UNKNOWN_LENGTH = 1_024;

  /** Expected of an image, document or recording: about what a screenshot is to most models. */
  private static final long MEDIUM = 1_000;

  /** Expected of what the body only refers to: a conversation of a few turns. */
  private static final long UNSEEN_INPUT = 2_000;

  /** Of which sums do not overflow. */
  private static final long LARGEST_ESTIMATE = 1L << 40;

  private volatile ModelLimits limits;
  private final Calibration calibration;

  Pricing(ModelLimits limits, Calibration calibration) {
    this.limits = limits;
    this.calibration = calibration;
  }

  /** Changes what the worst case is. */
  void limits(ModelLimits models) {
    limits = models;
  }

  /** What the call will cost if it is like the key's latest ones; at least 1. */
  long estimate(Call call, OptionalLong expectedOutput) {
    long estimate = Counts.plus(inputEstimate(call), outputEstimate(call, expectedOutput));
    return Math.min(estimate, LARGEST_ESTIMATE);
  }

  /** What the model will read; at least 1. */
  long inputEstimate(Call call) {
    long text = Counts.times(call.textBytes(), calibration.inputPerByte(call.model()));
    long media = Counts.times(call.media(), Math.min(MEDIUM, limits.mediaTokens()));
    long unseen = call.unseenInput() ? UNSEEN_INPUT : 0;
    return withinContext(Counts.plus(text, Counts.plus(media, unseen)));
  }

  private static long outputEstimate(Call call, OptionalLong expectedOutput) {
    long allowed = call.maxOutput().orElse(Long.MAX_VALUE);
    long each =
        expectedOutput.isPresent()
            ? Math.min(allowed, expectedOutput.getAsLong())
            : call.maxOutput().orElse(OUTPUT_OF_UNKNOWN_LENGTH);
    return Counts.times(each, call.answers());
  }

  /** What so many bytes of generated text are; no more than the client allowed. */
  long outputOf(Call call, long bytes) {
    if (call.answers() == 0) {
      return 0;
    }
    long tokens = Counts.times(bytes, calibration.outputPerByte(call.model()));
    return call.maxOutput().isPresent()
        ? Math.min(tokens, Counts.times(call.maxOutput().getAsLong(), call.answers()))
        : tokens;
  }

  /** What the call can cost at most; at least 1. */
  long worstCase(Call call) {
    long media = Counts.times(call.media(), limits.mediaTokens());
    long input =
        call.unseenInput()
            ? limits.contextTokens()
            : withinContext(Counts.plus(call.textBytes(), media));
    long output = Counts.times(call.maxOutput().orElse(limits.maxOutputTokens()), call.answers());
    return Counts.plus(input, output);
  }

  private long withinContext(long tokens) {
    return Math.clamp(tokens, 1, limits.contextTokens());
  }
}
