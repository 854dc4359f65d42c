package dev.tallygate.admin;

import java.nio.ByteBuffer;
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
record Reply(int status, String contentType, ByteBuffer body, Map<String, String> headers) {
  private static final String JSON = "application/json";

  /** A JSON answer. */
  static Reply json(int status, JsonNode body) {
    return new Reply(status, JSON, bytes(body), Map.of());
  }

  /** An answer of any type. */
  static Reply of(String contentType, ByteBuffer body) {
    return new Reply(200, contentType, body, Map.of());
  }

  /** An answer without a body. */
  static Reply empty(int status) {
    return new Reply(status, "", ByteBuffer.allocate(0), Map.of());
  }

  /** The same answer with one more header. */
  Reply with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Reply(status, contentType, body, more);
  }

  static ByteBuffer bytes(JsonNode body) {
    return ByteBuffer.wrap(JsonMapper.shared().writeValueAsBytes(body));
  }
}
