package dev.tallygate.benchmarks.harness;

/**
 * One criterion and what was found.
 *
 * @param how how it was measured, for people
 * @param result figures, for people
 */
public record Finding(String criterion, String how, boolean reached, String result) {
  /** In the table. */
  public String state() {
    return reached ? "reached" : "**NOT REACHED**";
  }
}
