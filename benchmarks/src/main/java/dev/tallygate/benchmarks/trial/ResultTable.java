package dev.tallygate.benchmarks.acceptance;

import java.io.IOException;
import java.nio.file.Files;
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
  private static final String BEGIN = "<!-- results: begin, written by bin/acceptance -->";
  private static final String END = "<!-- results: end -->";
  private static final String HEADER =
      """
      | Criterion | How measured | Result | | When | Command |
      |---|---|---|---|---|---|
      """;

  private final String host;
  private final String before;
  private final String after;
  private final Map<Trial, List<String>> rows = new EnumMap<>(Trial.class);

  private AcceptanceTable(String host, String before, String after) {
    this.host = host;
    this.before = before;
    this.after = after;
  }

  /** The table of the file, or an empty one; the text around it is kept. */
  static AcceptanceTable read(Path file, String host) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "# Acceptance\n\n";
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      return new AcceptanceTable(host, text, "");
    }
    AcceptanceTable table =
        new AcceptanceTable(
            host, text.substring(0, begin), text.substring(end + END.length()).stripLeading());
    String present = text.substring(begin, end);
    if (present.contains(host)) {
      present.lines().forEach(table::keep);
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

  void write(Path file) throws IOException {
    String text =
        before
            + BEGIN
            + "\n"
            + host
            + ".\n\n"
            + rows()
            + END
            + "\n"
            + (after.isEmpty() ? "" : "\n" + after);
    Files.writeString(file, text);
  }

  private static String command(Trial trial) {
    return "| `bin/acceptance " + trial.label() + "` |";
  }
}
