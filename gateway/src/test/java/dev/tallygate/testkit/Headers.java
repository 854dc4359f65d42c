package dev.tallygate.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The head of an HTTP message exactly as it came: the raw text, and its fields in order.
 *
 * @param raw from the first line to the empty one, both included, as ISO 8859-1
 * @param startLine the request or status line
 * @param fields names as they were spelled, values without surrounding white space
 */
public record Headers(String raw, String startLine, List<Map.Entry<String, String>> fields) {
  static Headers parse(byte[] bytes) {
    String raw = new String(bytes, StandardCharsets.ISO_8859_1);
    String[] lines = raw.split("\r\n", -1);
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 0) {
        throw new IllegalStateException("not a header field: " + lines[i]);
      }
      fields.add(Map.entry(lines[i].substring(0, colon), lines[i].substring(colon + 1).strip()));
    }
    return new Headers(raw, lines[0], List.copyOf(fields));
  }

  /** All values of a field, in order; its name in any case. */
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** The first value of a field, or the empty string. */
  public String first(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? "" : all.getFirst();
  }

  /** Whether the field is there, even if empty. */
  public boolean has(String name) {
    return !all(name).isEmpty();
  }
}
