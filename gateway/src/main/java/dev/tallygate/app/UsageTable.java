package dev.tallygate.app;

import dev.tallygate.store.ledger.UsageReport;
import dev.tallygate.store.ledger.UsageRow;
import java.util.ArrayList;
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
    List<String> head = new ArrayList<>(UsageFormat.COLUMNS);
    head.addFirst(report.by().label());
    lines.add(head);
    report.rows().forEach(row -> lines.add(cells(row)));
    lines.add(cells(report.total()));

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
      append(out, lines.get(i), widths);
      if (i == 0) {
        rule(out, widths);
      }
    }
    return out.toString();
  }

  private static List<String> cells(UsageRow row) {
    List<String> cells = new ArrayList<>();
    cells.add(row.group().isEmpty() ? "(none)" : printable(row.group()));
    UsageFormat.numbers(row)
        .forEach(number -> cells.add(String.format(Locale.ROOT, "%,d", number)));
    cells.add(UsageFormat.time(row.lastUsed()));
    return cells;
  }

  private static void append(StringBuilder out, List<String> cells, int[] widths) {
    int last = widths.length - 1;
    for (int i = 0; i <= last; i++) {
      String cell = cells.get(i);
      int room = widths[i] - length(cell);
      boolean leftAligned = i == 0 || i == last;
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
