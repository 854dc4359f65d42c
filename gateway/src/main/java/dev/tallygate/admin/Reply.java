package dev.tallygate.admin;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer, complete but for what every answer of the port has. Immutable.
 *
 * @param contentType of the body; empty: there is none
 * @param headers further ones, by their names in lower case
 */
record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {
  private static final String JSON = "application/json";

  /** A JSON answer. */
  static Reply json(int status, JsonNode body) {
    return json(status, JsonMapper.shared().writeValueAsBytes(body));
  }

  /** A JSON answer that is written already. */
  static Reply json(int status, byte[] body) {
    return new Reply(status, JSON, body, Map.of());
  }

  /** An answer of any type. */
  static Reply of(String contentType, byte[] body) {
    return new Reply(200, contentType, body, Map.of());
  }

  /** An answer without a body. */
  static Reply empty(int status) {
    return new Reply(status, "", new byte[0], Map.of());
  }

  /** The same answer with one more header. */
  Reply with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Reply(status, contentType, body, more);
  }

  @Override
  public String toString() {
    return status + " " + contentType + " " + new String(body, StandardCharsets.UTF_8);
  }
}
