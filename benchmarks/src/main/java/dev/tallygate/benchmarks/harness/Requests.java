package dev.tallygate.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Requests as they go over the wire. */
public final class Requests {
  private static final String CHAT_BODY =
      "{\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}";

  private Requests() {}

  /** A short chat completion. */
  public static String chat(String key) {
    return post("/v1/chat/completions", key, CHAT_BODY);
  }

  public static String post(String path, String key, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "
        + key
        + "\r\nContent-Type: application/json\r\nContent-Length: "
        + body.getBytes(UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  public static String get(String path, String key) {
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "
        + key
        + "\r\n\r\n";
  }
}
