package dev.tallygate.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;

/**
 * What an event stream says, told by the letter of the standard ("Server-sent events", parsing and
 * interpreting an event stream), from the whole of it at once: {@code data:} and {@code event:}
 * with each line's value, also of a last line that has no end yet, {@code end} where an empty line
 * ends an event. Bytes are Latin-1.
 */
final class ServerSentEvents {
  private static final String MARK = "\u00EF\u00BB\u00BF";

  private ServerSentEvents() {}

  static List<String> read(byte[] stream) {
    String text = new String(stream, ISO_8859_1);
    if (text.startsWith(MARK)) {
      text = text.substring(MARK.length());
    }
    List<String> told = new ArrayList<>();
    String[] lines = text.split("\r\n|\n|\r", -1);
    for (int i = 0; i < lines.length; i++) {
      boolean isWhole = i < lines.length - 1;
      String line = lines[i];
      int colon = line.indexOf(':');
      if (line.isEmpty()) {
        if (isWhole) {
          told.add("end");
        }
      } else if (isWhole || (colon >= 0 && colon < line.length() - 1)) {
        String field = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        if (field.equals("data") || field.equals("event")) {
          told.add(field + ":" + (value.startsWith(" ") ? value.substring(1) : value));
        }
      }
    }
    return told;
  }
}
