package dev.tallygate.testkit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A request as an upstream received it. */
public final class ReceivedRequest {
  private static final JsonMapper JSON = new JsonMapper();

  private final int connection;
  private final Headers head;
  private final BodyReader body;

  ReceivedRequest(int connection, Headers head, BodyReader body) {
    this.connection = connection;
    this.head = head;
    this.body = body;
  }

  /** The number of its connection, from 1 in the order of their arrival. */
  public int connection() {
    return connection;
  }

  /** The head, raw and parsed. */
  public Headers head() {
    return head;
  }

  /** The first value of a header, or the empty string. */
  public String header(String name) {
    return head.first(name);
  }

  /** The method of the request line. */
  public String method() {
    return head.startLine().split(" ", 3)[0];
  }

  /** The target of the request line, exactly as it was sent. */
  public String target() {
    return head.startLine().split(" ", 3)[1];
  }

  /** The body without framing, as far as it was read. */
  public byte[] body() {
    return body.body();
  }

  /** The body with its framing, exactly as it was on the wire. */
  public byte[] rawBody() {
    return body.raw();
  }

  /** The body as UTF-8. */
  public String text() {
    return Wire.text(body.body());
  }

  /** The body as JSON. */
  public JsonNode json() {
    return JSON.readTree(body.body());
  }

  /** Whether the whole announced body was read. */
  public boolean whole() {
    return body.whole();
  }
}
