package dev.tallygate.app.cli;

import dev.tallygate.model.Printable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Aligned text: a line of names, a rule, a line for each row and, under another rule, totals. What
 * others have written is {@link Printable}.
 */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<Column> columns;
  private final List<List<Cell>> rows = new ArrayList<>();
  private @Nullable List<Cell> total;

  /** A column's name, and whether it holds numbers, which are aligned to the right. */
  public record Column(String name, boolean number) {
    /** A column of text. */
    public static Column text(String name) {
      return new Column(name, false);
    }

    /** A column of numbers. */
    public static Column number(String name) {
      return new Column(name, true);
    }
  }

  /** What stands in one place. */
  public record Cell(String text, Colour colour) {
    /** Makes it printable. */
    public Cell {
      text = Printable.line(text);
    }

    /** Without a colour. */
    public static Cell of(String text) {
      return new Cell(text, Colour.NONE);
    }
  }

  /** A table of these columns. */
  public TextTable(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Adds a row, as long as there are columns. */
  public void add(List<Cell> row) {
    rows.add(List.copyOf(row));
  }

  /** Adds the line of totals. */
  public void total(List<Cell> row) {
    total = List.copyOf(row);
  }

  /** The table, each line ended by a line feed. */
  public String text(boolean coloured) {
    List<Cell> head = columns.stream().map(column -> Cell.of(column.name())).toList();
    int[] widths = new int[columns.size()];
    widen(widths, head);
    rows.forEach(row -> widen(widths, row));
    if (total != null) {
      widen(widths, total);
    }
    StringBuilder out = new StringBuilder();
    line(out, head, widths, coloured);
    rule(out, widths);
    rows.forEach(row -> line(out, row, widths, coloured));
    if (total != null) {
      rule(out, widths);
      line(out, total, widths, coloured);
    }
    return out.toString();
  }

  private static void widen(int[] widths, List<Cell> row) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], length(row.get(i)));
    }
  }

  private void line(StringBuilder out, List<Cell> row, int[] widths, boolean coloured) {
    int last = widths.length - 1;
    for (int i = 0; i <= last; i++) {
      Cell cell = row.get(i);
      int room = widths[i] - length(cell);
      boolean right = columns.get(i).number();
      out.repeat(' ', right ? room : 0).append(cell.colour().paint(cell.text(), coloured));
      if (i < last) {
        out.repeat(' ', right ? 0 : room).append(GAP);
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

  private static int length(Cell cell) {
    return cell.text().codePointCount(0, cell.text().length());
  }
}
