package dev.tallygate.benchmarks.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The table of what a command found, within a document. A run of some parts replaces their rows and
 * keeps the others', unless those were measured on another machine or with another version.
 */
final class ResultTable {
  private static final String END = "<!-- results: end -->";
  private static final String HEADER =
      """
      | Criterion | How measured | Result | | When | Command |
      |---|---|---|---|---|---|
      """;

  private final String host;
  private final String command;
  private final String before;
  private final String after;
  private final Map<String, List<String>> rows = new LinkedHashMap<>();

  private ResultTable(
      String host, String command, List<? extends Part> parts, String before, String after) {
    this.host = host;
    this.command = command;
    this.before = before;
    this.after = after;
    parts.forEach(part -> rows.put(part.label(), new ArrayList<>()));
  }

  /**
   * The table of the file, or an empty one; the text around it is kept.
   *
   * @param parts in the order of the table
   */
  static ResultTable read(Path file, String host, String command, List<? extends Part> parts)
      throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "# Results\n\n";
    int begin = text.indexOf(begin(command));
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      return new ResultTable(host, command, parts, text, "");
    }
    ResultTable table =
        new ResultTable(
            host,
            command,
            parts,
            text.substring(0, begin),
            text.substring(end + END.length()).stripLeading());
    String present = text.substring(begin, end);
    if (present.contains(host)) {
      present.lines().forEach(table::keep);
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

  void replace(Part part, List<Finding> findings, String date) {
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
                        date,
                        lastColumn(part.label())))
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
            + begin(command)
            + "\n"
            + host
            + ".\n\n"
            + rows()
            + END
            + "\n"
            + (after.isEmpty() ? "" : "\n" + after);
    Files.writeString(file, text);
  }

  private static String begin(String command) {
    return "<!-- results: begin, written by " + command + " -->";
  }

  private String lastColumn(String label) {
    return "| `" + command + " " + label + "` |";
  }
}
