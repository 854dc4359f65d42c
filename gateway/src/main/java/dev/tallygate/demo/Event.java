package dev.tallygate.demo;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One server-sent event as an upstream writes it.
 *
 * @param name the event's type, or null where the format does not name its events
 * @param data one line
 */
record Event(@Nullable String name, String data) {
  /** What ends OpenAI's completion streams. */
  static final Event DONE = new Event(null, "[DONE]");

  static Event unnamed(JsonNode data) {
    return new Event(null, data.toString());
  }

  /**
   * An event whose name is the {@code type} of its data, as both vendors' typed streams have it.
   */
  static Event typed(JsonNode data) {
    return new Event(data.path("type").asString(""), data.toString());
  }

  byte[] bytes() {
    String line = name == null ? "" : "event: " + name + "\n";
    return (line + "data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
