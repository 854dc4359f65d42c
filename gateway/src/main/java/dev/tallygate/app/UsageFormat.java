package dev.tallygate.app;

import dev.tallygate.model.Printable;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How a report is written. Times are RFC 3339 in UTC, to the second. */
enum UsageFormat {
  /** For people: aligned, and with totals. */
  TABLE,
  /** RFC 4180: lines end in CR LF, and the first names the columns; for spreadsheets too. */
  CSV,
  /** An array of objects. */
  JSON;

  /** The columns after the group's. */
  static final List<String> COLUMNS =
      List.of(
          "requests",
          "input",
          "cache_read",
          "cache_written",
          "output",
          "total",
          "estimated",
          "last_used");

  private static final String LINE_END = "\r\n";

  String text(UsageReport report) {
    return switch (this) {
      case TABLE -> UsageTable.of(report);
      case CSV -> csv(report);
      case JSON -> json(report);
    };
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The groups' first. */
  static List<String> columns(UsageReport report) {
    return Stream.concat(report.by().stream().map(UsageGrouping::label), COLUMNS.stream()).toList();
  }

  /** In the order of the columns. */
  static List<Long> numbers(UsageRow row) {
    return List.of(
        row.requests(),
        row.input(),
        row.cacheRead(),
        row.cacheWritten(),
        row.output(),
        row.total(),
        row.estimated());
  }

  static String time(@Nullable Instant at) {
    return at == null ? "" : at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** From and, where it is not now, up to when: {@code since …}. */
  static String times(UsageReport report) {
    return "since "
        + time(report.since())
        + (report.until() == null ? "" : " until " + time(report.until()));
  }

  private static String csv(UsageReport report) {
    StringBuilder out = new StringBuilder();
    out.append(String.join(",", columns(report))).append(LINE_END);
    for (UsageRow row : report.rows()) {
      out.append(row.groups().stream().map(UsageFormat::quoted).collect(Collectors.joining(",")));
      numbers(row).forEach(number -> out.append(',').append(number));
      out.append(',').append(time(row.lastUsed())).append(LINE_END);
    }
    return out.toString();
  }

  /**
   * Models are named by clients: what a spreadsheet would take for a formula has a {@code '} before
   * it, and control characters are shown as in a table.
   */
  private static String quoted(String text) {
    String shown = Printable.line(text);
    String field = !shown.isEmpty() && "=+-@".indexOf(shown.charAt(0)) >= 0 ? '\'' + shown : shown;
    return field.chars().anyMatch(c -> c == ',' || c == '"')
        ? '"' + field.replace("\"", "\"\"") + '"'
        : field;
  }

  private static String json(UsageReport report) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (UsageRow row : report.rows()) {
      ObjectNode object = array.addObject();
      for (int i = 0; i < row.groups().size(); i++) {
        object.put(report.by().get(i).label(), row.groups().get(i));
      }
      List<Long> numbers = numbers(row);
      for (int i = 0; i < numbers.size(); i++) {
        object.put(COLUMNS.get(i), numbers.get(i));
      }
      object.put(COLUMNS.getLast(), time(row.lastUsed()));
    }
    return JsonMapper.shared().writeValueAsString(array) + '\n';
  }
}
