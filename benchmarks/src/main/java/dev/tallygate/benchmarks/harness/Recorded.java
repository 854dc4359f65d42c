package dev.tallygate.benchmarks.harness;

/** Calls of a key that carried usage, and their tokens. */
public record Recorded(long requests, long tokens) {
  public Recorded plus(Recorded other) {
    return new Recorded(requests + other.requests, tokens + other.tokens);
  }
}
