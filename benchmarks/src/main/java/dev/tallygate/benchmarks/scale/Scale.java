package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.Measurements;
import java.util.List;

/** {@code bin/scale}. */
final class Scale {
  private static final String USAGE =
      """
      Usage: bin/scale [--out FILE] [PART...]
      Measures how far the gateway goes, and writes the table to FILE
      (docs/benchmarks/scale.md). Parts, all of them unless told:
        streams  10,000 slow streams at once, or as many as file descriptors allow
        keys     a key file of 1,000,000 keys: start, heap, look-ups; a heap too small
        edits    a key file of 100,000 keys: edits, and what mirroring usage into it costs
      """;

  private Scale() {}

  /** Arguments: the root of the sources, then {@code bin/scale}'s. */
  public static void main(String... args) throws InterruptedException {
    new Measurements("scale", "docs/benchmarks/scale.md", USAGE, List.of(Trial.values()))
        .main(args);
  }
}
