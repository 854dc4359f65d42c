package dev.tallygate.benchmarks.acceptance;

/**
 * One criterion and what was found.
 *
 * @param how how it was measured, for people
 * @param result figures, for people
 */
record Finding(String criterion, String how, boolean reached, String result) {
  /** In the table. */
  String state() {
    return reached ? "reached" : "**NOT REACHED**";
  }
}
