package dev.tallygate.demo;

import java.time.Duration;

/**
 * How a simulated upstream takes its time and which dialect of Anthropic's usage it speaks.
 *
 * @param answerDelay waited before the first byte of every answer
 * @param eventDelay waited before every event of a stream but the first
 * @param usageAtEnd as Z.AI does it: zeros in {@code message_start}, all counts in the last {@code
 *     message_delta}; otherwise, as Anthropic does it, the input counts come first
 */
public record Behaviour(Duration answerDelay, Duration eventDelay, boolean usageAtEnd) {
  /** Answers at once, in Anthropic's own dialect. */
  public static final Behaviour PROMPT = new Behaviour(Duration.ZERO, Duration.ZERO, false);

  /** Checks that no delay is negative. */
  public Behaviour {
    if (answerDelay.isNegative() || eventDelay.isNegative()) {
      throw new IllegalArgumentException("delay: negative (expected: >= 0)");
    }
  }

  /** The same with another pause between the events of a stream. */
  public Behaviour withEventDelay(Duration delay) {
    return new Behaviour(answerDelay, delay, usageAtEnd);
  }

  /** The same with another pause before every answer. */
  public Behaviour withAnswerDelay(Duration delay) {
    return new Behaviour(delay, eventDelay, usageAtEnd);
  }

  /** The same with all usage at the end of Anthropic streams, as Z.AI sends it. */
  public Behaviour withUsageAtEnd() {
    return new Behaviour(answerDelay, eventDelay, true);
  }
}
