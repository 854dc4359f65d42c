package dev.tallygate.app;

import dev.tallygate.app.cli.TextTable;
import dev.tallygate.app.cli.TextTable.Cell;
import dev.tallygate.app.cli.TextTable.Column;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** A report for people: one line a group, numbers to the right, totals at the end. */
final class UsageTable {
  private UsageTable() {}

  static String of(UsageReport report) {
    List<Column> columns = new ArrayList<>();
    report.by().forEach(group -> columns.add(Column.text(group.label())));
    UsageFormat.COLUMNS.forEach(name -> columns.add(new Column(name, !name.equals("last_used"))));
    TextTable table = new TextTable(columns);
    int groups = report.by().size();
    report.rows().forEach(row -> table.add(cells(row, groups)));
    table.total(cells(report.total(), groups));
    return "Usage " + UsageFormat.times(report) + "\n\n" + table.text(false);
  }

  private static List<Cell> cells(UsageRow row, int groups) {
    List<Cell> cells = new ArrayList<>();
    row.groups().forEach(group -> cells.add(Cell.of(group.isEmpty() ? "(none)" : group)));
    // The totals have one name only.
    cells.addAll(Collections.nCopies(groups - cells.size(), Cell.of("")));
    UsageFormat.numbers(row)
        .forEach(number -> cells.add(Cell.of(String.format(Locale.ROOT, "%,d", number))));
    cells.add(Cell.of(UsageFormat.time(row.lastUsed())));
    return cells;
  }
}
