package dev.tallygate.app;

import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A report for people: one line a group, numbers to the right, totals at the end. Names come from
 * clients: their control characters are shown as {@code ?}.
 */
final class UsageTable {
  private static final String GAP = "  ";

  private UsageTable() {}

  static String of(UsageReport report) {
    List<List<String>> lines = new ArrayList<>();
    List<String> head = UsageFormat.columns(report);
    int groups = report.by().size();
    lines.add(head);
    report.rows().forEach(row -> lines.add(cells(row, groups)));
    lines.add(cells(report.total(), groups));

    int[] widths = new int[head.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], length(line.get(i)));
      }
    }
    StringBuilder out = new StringBuilder();
    out.append("Usage since ").append(UsageFormat.time(report.since())).append("\n\n");
    for (int i = 0; i < lines.size(); i++) {
      if (i == lines.size() - 1) {
        rule(out, widths);
      }
      append(out, lines.get(i), widths, groups);
      if (i == 0) {
        rule(out, widths);
      }
    }
    return out.toString();
  }

  private static List<String> cells(UsageRow row, int groups) {
    List<String> cells = new ArrayList<>();
    row.groups().forEach(group -> cells.add(group.isEmpty() ? "(none)" : printable(group)));
    // The totals have one name only.
    cells.addAll(Collections.nCopies(groups - cells.size(), ""));
    UsageFormat.numbers(row)
        .forEach(number -> cells.add(String.format(Locale.ROOT, "%,d", number)));
    cells.add(UsageFormat.time(row.lastUsed()));
    return cells;
  }

  private static void append(StringBuilder out, List<String> cells, int[] widths, int groups) {
    int last = widths.length - 1;
    for (int i = 0; i <= last; i++) {
      String cell = cells.get(i);
      int room = widths[i] - length(cell);
      boolean leftAligned = i < groups || i == last;
      out.repeat(' ', leftAligned ? 0 : room).append(cell);
      if (i < last) {
        out.repeat(' ', leftAligned ? room : 0).append(GAP);
      }
    }
    out.append('\n');
  }

  private static void rule(StringBuilder out, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      out.append(i == 0 ? "" : GAP).repeat('-', widths[i]);
    }
    out.append('\n');
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static String printable(String name) {
    StringBuilder shown = new StringBuilder(name.length());
    name.chars().forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
    return shown.toString();
  }
}
