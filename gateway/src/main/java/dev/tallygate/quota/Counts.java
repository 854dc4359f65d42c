package dev.tallygate.quota;

/**
 * Arithmetic of token counts, which are never negative. What a client or an upstream claims can be
 * anything, so a result that does not fit is the largest number there is.
 */
final class Counts {
  private Counts() {}

  static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  static long times(long a, long b) {
    return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
  }

  /** Rounded up: part of a token is a token. */
  static long times(long count, double ratio) {
    return (long) Math.ceil(count * ratio);
  }
}
