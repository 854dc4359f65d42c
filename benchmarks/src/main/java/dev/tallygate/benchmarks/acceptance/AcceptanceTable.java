package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.MarkedSection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The table of {@code docs/acceptance.md}. A run of some parts replaces their rows and keeps the
 * others', unless those were measured on another machine or with another version.
 */
final class AcceptanceTable {
  private static final String HEADER =
      """
      | Criterion | How measured | Result | | When | Command |
      |---|---|---|---|---|---|
      """;

  private final String host;
  private final MarkedSection section;
  private final Map<Trial, List<String>> rows = new EnumMap<>(Trial.class);

  private AcceptanceTable(String host, MarkedSection section) {
    this.host = host;
    this.section = section;
  }

  /** The table of the file, or an empty one; the text around it is kept. */
  static AcceptanceTable read(Path file, String host) throws IOException {
    MarkedSection section = MarkedSection.read(file, "Acceptance", "bin/acceptance");
    AcceptanceTable table = new AcceptanceTable(host, section);
    if (section.present().contains(host)) {
      section.present().lines().forEach(table::keep);
    }
    return table;
  }

  private void keep(String row) {
    for (Trial trial : Trial.values()) {
      if (row.endsWith(command(trial))) {
        rows.computeIfAbsent(trial, t -> new ArrayList<>()).add(row);
      }
    }
  }

  void replace(Trial trial, List<Finding> findings, String date) {
    rows.put(
        trial,
        findings.stream()
            .map(f ->
                "| %s | %s | %s | %s | %s %s"
                    .formatted(f.criterion(), f.how(), f.result(), f.state(), date, command(trial)))
            .toList());
  }

  /** The rows, without what is around them. */
  String rows() {
    StringBuilder text = new StringBuilder(HEADER);
    rows.values().forEach(some -> some.forEach(row -> text.append(row).append('\n')));
    return text.toString();
  }

  void write() throws IOException {
    section.replace(host + ".\n\n" + rows());
  }

  private static String command(Trial trial) {
    return "| `bin/acceptance " + trial.label() + "` |";
  }
}
