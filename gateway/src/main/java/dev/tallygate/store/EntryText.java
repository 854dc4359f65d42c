package dev.tallygate.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Writes JSON values in the layout of the entry around them: one member a line with two spaces per
 * level (a tab where the file has tabs), or everything on one line where the entry is.
 *
 * @param memberBreak the white space before each member's name
 */
record EntryText(String memberBreak) {
  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** How an entry of a file is laid out that we begin ourselves. */
  static final EntryText TWO_SPACES = new EntryText("\n      ");

  /** Takes the layout from the white space before an entry's first member. */
  static EntryText like(String space) {
    int line = space.lastIndexOf('\n');
    if (line < 0) {
      return new EntryText(space);
    }
    return new EntryText(
        space.substring(line > 0 && space.charAt(line - 1) == '\r' ? line - 1 : line));
  }

  boolean oneLine() {
    return memberBreak.indexOf('\n') < 0;
  }

  /** {@code "name": value}. */
  String member(String name, String value) {
    return quoted(name) + (oneLine() && memberBreak.isEmpty() ? ":" : ": ") + value;
  }

  /** The value of {@code usage_windows}. */
  String windows(List<UsageWindow> windows) {
    if (windows.isEmpty()) {
      return "[]";
    }
    EntryText element = deeper();
    EntryText inner = element.deeper();
    StringJoiner list =
        new StringJoiner("," + element.memberBreak, "[" + element.openBreak(), openBreak() + "]");
    for (UsageWindow window : windows) {
      list.add(
          "{"
              + inner.openBreak()
              + inner.member("window_start", quoted(timestamp(window.start())))
              + ","
              + inner.memberBreak
              + inner.member("tokens_used", Long.toString(window.tokens()))
              + element.openBreak()
              + "}");
    }
    return list.toString();
  }

  /** A list of strings. */
  String strings(List<String> values) {
    EntryText element = deeper();
    StringJoiner list =
        new StringJoiner("," + element.memberBreak, "[" + element.openBreak(), openBreak() + "]");
    values.forEach(value -> list.add(quoted(value)));
    return list.toString();
  }

  /** A whole object of these members, each as {@link #member} wrote it. */
  String object(List<String> members) {
    return "{"
        + openBreak()
        + String.join("," + memberBreak, members)
        + shallower().openBreak()
        + "}";
  }

  /** UTC with milliseconds, as {@code Date.toISOString} writes it. */
  static String timestamp(Instant instant) {
    return MILLIS.format(instant);
  }

  static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
  }

  /** What follows an opening bracket: nothing when all is on one line. */
  String openBreak() {
    return oneLine() ? "" : memberBreak;
  }

  EntryText deeper() {
    return oneLine() ? this : new EntryText(memberBreak + unit());
  }

  EntryText shallower() {
    if (oneLine()) {
      return this;
    }
    String unit = unit();
    return memberBreak.endsWith(unit)
        ? new EntryText(memberBreak.substring(0, memberBreak.length() - unit.length()))
        : this;
  }

  private String unit() {
    return memberBreak.indexOf('\t') >= 0 ? "\t" : "  ";
  }
}
