package dev.tallygate.quota;

/**
 * How many tokens a byte of text is, learned from calls whose upstream told. The sums over some
 * twenty recent calls: larger calls count for more, since a ratio of theirs is less noise, but no
 * single one for more than {@link #LARGEST_SAMPLE} bytes. Immutable.
 */
record Ratio(double tokens, double bytes) {
  /** Below it, what a protocol adds to a text outweighs the text. */
  private static final long SMALLEST_SAMPLE = 256;

  private static final long LARGEST_SAMPLE = 64 * 1024;

  /** The bytes that the ratio assumed at the beginning counts for. */
  private static final double TRUST_IN_BEGINNING = 2_048;

  private static final double KEPT = 0.95;

  // No tokenizer makes several tokens of a byte, or one of a page. What seems to has another cause,
  // such as reasoning that is billed and not shown, or a prompt that the upstream adds.
  private static final double LOWEST = 1.0 / 20;
  private static final double HIGHEST = 1;

  /** One that nothing was learned for. */
  static Ratio assumed(double tokensPerByte) {
    return new Ratio(TRUST_IN_BEGINNING * tokensPerByte, TRUST_IN_BEGINNING);
  }

  /** The same after one more call; itself where that says too little. */
  Ratio learned(long sampleTokens, long sampleBytes) {
    if (sampleBytes < SMALLEST_SAMPLE || sampleTokens <= 0) {
      return this;
    }
    double perByte = Math.clamp((double) sampleTokens / sampleBytes, LOWEST, HIGHEST);
    double weight = Math.min(sampleBytes, LARGEST_SAMPLE);
    return new Ratio(tokens * KEPT + perByte * weight, bytes * KEPT + weight);
  }

  /** Tokens in a byte. */
  double perByte() {
    return tokens / bytes;
  }
}
