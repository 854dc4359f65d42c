package dev.tallygate.quota;

/**
 * The most that any model takes and gives; what a strict quota has to assume.
 *
 * @param contextTokens input tokens of one call, at least 1
 * @param maxOutputTokens output tokens of one answer where the client names no maximum, at least 1
 * @param mediaTokens input tokens of one image, at least 1
 */
public record ModelLimits(long contextTokens, long maxOutputTokens, long mediaTokens) {
  /** Checks the ranges. */
  public ModelLimits {
    requireAtLeastOne("contextTokens", contextTokens);
    requireAtLeastOne("maxOutputTokens", maxOutputTokens);
    requireAtLeastOne("mediaTokens", mediaTokens);
  }

  private static void requireAtLeastOne(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
    }
  }
}
