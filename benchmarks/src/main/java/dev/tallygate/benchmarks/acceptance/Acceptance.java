package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Measurements;
import java.util.List;

/** {@code bin/acceptance}. */
final class Acceptance {
  private static final String USAGE =
      """
      Usage: bin/acceptance [--out FILE] [PART...]
      Measures the gateway against what it must reach, and writes the table to FILE
      (docs/acceptance.md). Parts, all of them unless told:
        concurrent  100, 500 and 1,000 clients at once, with keys in memory and without
        day         a working day, replayed: hit rate, and every token on record
        mixed       reads and calls that are recorded, while the key file is edited
        expiry      keys that expire under load
        eviction    far fewer places than keys
        unknown     a flood of keys that do not exist
        memory      heap in use with 100 keys
        hit         a hit beside reading the file
        lookups     look-ups in the store and their system calls (needs strace)
      """;

  private Acceptance() {}

  /** Arguments: the root of the sources, then {@code bin/acceptance}'s. */
  public static void main(String... args) throws InterruptedException {
    new Measurements("acceptance", "docs/acceptance.md", USAGE, List.of(Trial.values())).main(args);
  }
}
