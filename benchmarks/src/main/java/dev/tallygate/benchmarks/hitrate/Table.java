package dev.tallygate.benchmarks.hitrate;

import java.util.Collections;

/** A Markdown table. */
final class Table {
  private final StringBuilder text = new StringBuilder();
  private final int columns;

  /**
   * @param columns the headings
   */
  Table(String... columns) {
    this.columns = columns.length;
    line(columns);
    line(Collections.nCopies(columns.length, "---").toArray(String[]::new));
  }

  void row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(
          cells.length + " cells (expected: " + columns + ", one for each column)");
    }
    line(cells);
  }

  private void line(String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
