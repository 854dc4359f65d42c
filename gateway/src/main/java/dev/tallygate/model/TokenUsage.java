package dev.tallygate.model;

/**
 * The tokens of one call. {@code input} is everything the model read; the cache counts say how much
 * of it came from, or went into, the upstream's prompt cache. OpenAI and Anthropic count the input
 * differently; this is the common form, so the two are never mixed.
 *
 * @param input all input tokens, cached ones included
 * @param cacheRead the part of {@code input} read from the upstream's cache
 * @param cacheWritten the part of {@code input} written to the upstream's cache
 * @param output all output tokens, reasoning included
 */
public record TokenUsage(long input, long cacheRead, long cacheWritten, long output) {
  /** Nothing used. */
  public static final TokenUsage NONE = new TokenUsage(0, 0, 0, 0);

  /** Checks that no count is negative. */
  public TokenUsage {
    if (input < 0 || cacheRead < 0 || cacheWritten < 0 || output < 0) {
      throw new IllegalArgumentException("negative token count");
    }
  }

  /** What the key is charged. */
  public long total() {
    return input + output;
  }
}
