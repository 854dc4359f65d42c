package dev.tallygate.benchmarks.acceptance;

/** Calls of a key that carried usage, and their tokens. */
record Recorded(long requests, long tokens) {
  static final Recorded NONE = new Recorded(0, 0);

  Recorded plus(Recorded other) {
    return new Recorded(requests + other.requests, tokens + other.tokens);
  }
}
