package dev.tallygate.demo;

import java.io.PrintStream;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;

/**
 * What the demonstration prints: HTTP as it went over the wire, cut to the width of a terminal, in
 * colour only where asked for and in ASCII where the output's charset needs it.
 */
final class Page {
  private static final int WIDTH = 96;
  private static final int MAX_LINES = 12;
  private static final List<String> SHOWN =
      List.of(
          "content-type",
          "x-request-id",
          "x-ratelimit-remaining-tokens",
          "anthropic-ratelimit-tokens-remaining");
  private static final String BOLD = "1";
  private static final String DIM = "2";
  private static final String RED = "31";
  private static final String GREEN = "32";
  private static final String CYAN = "36";

  private final PrintStream out;
  private final boolean colours;
  private final boolean ascii;

  Page(PrintStream out, boolean colours) {
    this.out = out;
    this.colours = colours;
    this.ascii = !out.charset().newEncoder().canEncode("→←✓✗…");
  }

  void title(String text) {
    out.println();
    out.println(painted(BOLD, text));
  }

  void sent(String requestLine, List<String> fields, String body) {
    line(CYAN, ascii ? "> " : "→ ", requestLine);
    fields.forEach(field -> line(DIM, "  ", field));
    body(body);
  }

  void received(int status, HttpHeaders headers, Duration after) {
    String color = status == 200 ? GREEN : RED;
    line(color, ascii ? "< " : "← ", status + " after " + after.toMillis() + " ms");
    for (String name : SHOWN) {
      headers.firstValue(name).ifPresent(value -> line(DIM, "  ", name + ": " + value));
    }
  }

  /** Text over as many lines as it needs, a dozen at most. */
  void body(String text) {
    String rest = text.replace('\n', ' ');
    int width = WIDTH - 4;
    for (int lines = 1; lines < MAX_LINES && rest.length() > width; lines++) {
      int end = Character.isHighSurrogate(rest.charAt(width - 1)) ? width - 1 : width;
      line("", "  ", rest.substring(0, end));
      rest = rest.substring(end);
    }
    line("", "  ", rest);
  }

  void event(Duration after, String name, String data) {
    String time = String.format("+%4d ms  %-20s ", after.toMillis(), name);
    String line = painted(DIM, time) + cut(data, WIDTH - 4 - time.length());
    out.println("    " + line.stripTrailing());
  }

  void good(String text) {
    line(GREEN, ascii ? "OK " : "✓ ", text);
  }

  void bad(String text) {
    line(RED, ascii ? "!! " : "✗ ", text);
  }

  /** A line that is never cut, since people copy it. */
  void verbatim(String text) {
    out.println("  " + text);
  }

  /** The first eight and the last four characters of a key. */
  String masked(String key) {
    return key.length() < 16
        ? "***"
        : key.substring(0, 8) + (ascii ? "..." : "…") + key.substring(key.length() - 4);
  }

  private void line(String color, String mark, String text) {
    out.println("  " + painted(color, mark + cut(text, WIDTH - 2 - mark.length())));
  }

  private String cut(String text, int width) {
    String flat = text.replace('\n', ' ');
    if (flat.codePointCount(0, flat.length()) <= width) {
      return flat;
    }
    String dots = ascii ? "..." : "…";
    return flat.substring(0, flat.offsetByCodePoints(0, width - dots.length())) + dots;
  }

  private String painted(String color, String text) {
    return colours && !color.isEmpty() ? "\u001b[" + color + "m" + text + "\u001b[0m" : text;
  }
}
