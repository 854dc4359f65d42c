package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Colour;
import dev.tallygate.app.cli.TextTable;
import dev.tallygate.app.cli.TextTable.Cell;
import dev.tallygate.app.cli.TextTable.Column;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Keys as people read them. */
final class KeyTexts {
  private static final int MOST_REFUSALS = 10;

  private KeyTexts() {}

  /** By name, then id. */
  static List<KeyView> sorted(List<KeyView> keys) {
    return keys.stream()
        .sorted(
            Comparator.comparing((KeyView key) -> key.name().toLowerCase(Locale.ROOT))
                .thenComparing(KeyView::id))
        .toList();
  }

  /** A line for each. */
  static String table(List<KeyView> keys, boolean coloured) {
    TextTable table =
        new TextTable(
            List.of(
                Column.text("id"),
                Column.text("name"),
                Column.text("status"),
                Column.text("model"),
                Column.number("limit"),
                Column.number("used"),
                Column.text("expires"),
                Column.text("last used")));
    for (KeyView key : keys) {
      table.add(
          List.of(
              Cell.of(key.id()),
              Cell.of(key.name()),
              status(key),
              Cell.of(key.models()),
              Cell.of(number(key.limit())),
              new Cell(number(key.used()), usedColour(key)),
              Cell.of(KeyView.time(key.text("expiry_date"))),
              Cell.of(KeyView.time(key.usageText("last_used")))));
    }
    return table.text(coloured);
  }

  /** Everything about one, a line for each. */
  static String details(KeyView key, boolean coloured) {
    Map<String, Cell> lines = new LinkedHashMap<>();
    lines.put("id", Cell.of(key.id()));
    lines.put("name", Cell.of(key.name()));
    lines.put("secret", Cell.of(display(key)));
    lines.put("status", status(key));
    lines.put("model", Cell.of(models(key)));
    lines.put(
        "limit", Cell.of(number(key.limit()) + " tokens in 5 hours, " + key.text("quota_mode")));
    lines.put("requests per minute", Cell.of(orNone(key.text("requests_per_minute"))));
    lines.put("at the same time", Cell.of(orNone(key.text("max_concurrent"))));
    lines.put("used", new Cell(number(key.used()) + " tokens", usedColour(key)));
    number(lines, "reserved", key.usageText("reserved"));
    number(lines, "remaining", key.usageText("remaining"));
    time(lines, "window ends", key.usageText("window_ends_at"));
    time(lines, "frees", key.usageText("frees_at"));
    number(lines, "used ever", key.usageText("lifetime_tokens"));
    time(lines, "last used", key.usageText("last_used"));
    time(lines, "expires", key.text("expiry_date"));
    time(lines, "created", key.text("created_at"));
    time(lines, "old secret until", key.text("previous_valid_until"));
    if (key.json().path("has_upstream_key").asBoolean(false)) {
      lines.put("upstream key", Cell.of("its own"));
    }
    int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text = new StringBuilder();
    lines.forEach((name, cell) ->
        text.append(name)
            .repeat(' ', width - name.length() + 2)
            .append(cell.colour().paint(cell.text(), coloured))
            .append('\n'));
    return text.toString();
  }

  /** The latest refused calls, a line each; nothing where there is none. */
  static String refusals(List<JsonNode> refusals, boolean coloured) {
    if (refusals.isEmpty()) {
      return "";
    }
    TextTable table =
        new TextTable(
            List.of(
                Column.text("refused at"),
                Column.number("status"),
                Column.text("reason"),
                Column.text("path"),
                Column.text("model")));
    refusals.stream()
        .limit(MOST_REFUSALS)
        .forEach(each ->
            table.add(
                List.of(
                    Cell.of(KeyView.time(each.path("at").asString(null))),
                    Cell.of(each.path("status").asString("")),
                    Cell.of(each.path("reason").asString("")),
                    Cell.of(each.path("path").asString("")),
                    Cell.of(each.path("model").asString("")))));
    return "\n" + table.text(coloured);
  }

  private static Cell status(KeyView key) {
    return new Cell(
        key.status(),
        switch (key.status()) {
          case "active" -> Colour.GOOD;
          case "disabled" -> Colour.WARNING;
          default -> Colour.BAD;
        });
  }

  private static Colour usedColour(KeyView key) {
    if (key.used() >= key.limit()) {
      return Colour.BAD;
    }
    return key.used() >= key.limit() / 5 * 4 ? Colour.WARNING : Colour.NONE;
  }

  private static String display(KeyView key) {
    String display = key.text("display");
    return display == null || display.equals(key.id()) ? "only its digest is kept" : display;
  }

  private static String models(KeyView key) {
    return switch (key.models()) {
      case "default" -> "the gateway's default";
      case "any" -> "as the client asks";
      default -> key.models();
    };
  }

  private static String orNone(@Nullable String value) {
    return value == null ? "no limit" : value;
  }

  private static void number(Map<String, Cell> lines, String name, @Nullable String value) {
    if (value != null) {
      lines.put(name, Cell.of(number(Long.parseLong(value)) + " tokens"));
    }
  }

  private static void time(Map<String, Cell> lines, String name, @Nullable String value) {
    if (value != null) {
      lines.put(name, Cell.of(KeyView.time(value)));
    }
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
