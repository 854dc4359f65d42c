package dev.tallygate.benchmarks.harness;

import dev.tallygate.benchmarks.MarkedSection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The table of what a command found, within a document. A run of some parts replaces their rows and
 * keeps the others', unless those were measured on another machine or with another version. A row
 * tells which revision of the sources it was measured with.
 */
final class ResultTable {
  private static final String HEADER =
      """
      | Criterion | How measured | Result | | When | Command |
      |---|---|---|---|---|---|
      """;

  private final String host;
  private final String command;
  private final MarkedSection section;
  private final Map<String, List<String>> rows = new LinkedHashMap<>();

  private ResultTable(
      String host, String command, MarkedSection section, List<? extends Part> parts) {
    this.host = host;
    this.command = command;
    this.section = section;
    parts.forEach(part -> rows.put(part.label(), new ArrayList<>()));
  }

  /**
   * The table of the file, or an empty one; the text around it is kept.
   *
   * @param parts in the order of the table
   */
  static ResultTable read(Path file, String host, String command, List<? extends Part> parts)
      throws IOException {
    MarkedSection section = MarkedSection.read(file, "Results", command);
    ResultTable table = new ResultTable(host, command, section, parts);
    if (section.present().lines().anyMatch(table.hostLine()::equals)) {
      section.present().lines().forEach(table::keep);
    }
    return table;
  }

  private void keep(String row) {
    rows.forEach((label, some) -> {
      if (row.endsWith(lastColumn(label))) {
        some.add(row);
      }
    });
  }

  /**
   * Puts these in the place of a part's rows.
   *
   * @param when they were measured, and with what
   */
  void replace(Part part, List<Finding> findings, String when) {
    rows.put(
        part.label(),
        findings.stream()
            .map(f ->
                "| %s | %s | %s | %s | %s %s"
                    .formatted(
                        f.criterion(),
                        f.how(),
                        f.result(),
                        f.state(),
                        when,
                        lastColumn(part.label())))
            .toList());
  }

  /** The rows, without what is around them. */
  String rows() {
    StringBuilder text = new StringBuilder(HEADER);
    rows.values().forEach(some -> some.forEach(row -> text.append(row).append('\n')));
    return text.toString();
  }

  void write() throws IOException {
    section.replace(hostLine() + "\n\n" + rows());
  }

  private String hostLine() {
    return host + ".";
  }

  private String lastColumn(String label) {
    return "| `" + command + " " + label + "` |";
  }
}
