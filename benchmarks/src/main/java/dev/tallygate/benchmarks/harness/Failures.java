package dev.tallygate.benchmarks.harness;

import java.util.List;

/** Calls that did not get what they should, for people. */
public final class Failures {
  private Failures() {}

  /** How many there are, and the first of them. */
  public static String text(List<String> failures) {
    return failures.isEmpty()
        ? "no failure"
        : "**%,d failures** (%s)"
            .formatted(failures.size(), failures.getFirst().replaceAll("[|\\s]+", " "));
  }
}
