package dev.tallygate.testkit;

import java.util.List;

/** A response as it came over the wire. */
public final class RawResponse {
  private final List<Headers> informational;
  private final Headers head;
  private final BodyReader body;

  RawResponse(List<Headers> informational, Headers head, BodyReader body) {
    this.informational = List.copyOf(informational);
    this.head = head;
    this.body = body;
  }

  static int status(Headers head) {
    String[] words = head.startLine().split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.")) {
      throw new IllegalStateException("not a status line: " + head.startLine());
    }
    return Integer.parseInt(words[1]);
  }

  /** The status code. */
  public int status() {
    return status(head);
  }

  /** The head, fields in order. */
  public Headers head() {
    return head;
  }

  /** The first value of a header, or the empty string. */
  public String header(String name) {
    return head.first(name);
  }

  /** Heads of 1xx responses that came before. */
  public List<Headers> informational() {
    return informational;
  }

  /** The body without framing. */
  public byte[] body() {
    return body.body();
  }

  /** The body as UTF-8. */
  public String text() {
    return Wire.text(body.body());
  }

  /** The body with its framing, exactly as it was on the wire. */
  public byte[] rawBody() {
    return body.raw();
  }

  /** The body's chunks or reads, with arrival times. */
  public List<BodyPart> parts() {
    return body.parts();
  }

  /**
   * Whether the body reached the end it announced; false when the connection broke off before. A
   * body without length is whole when the connection was closed in order.
   */
  public boolean whole() {
    return body.whole();
  }
}
