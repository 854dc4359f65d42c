package dev.tallygate.benchmarks.acceptance;

/** Calls of a key that carried usage, and their tokens. */
record Recorded(long requests, long tokens) {
  Recorded plus(Recorded other) {
    return new Recorded(requests + other.requests, tokens + other.tokens);
  }
}
