package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.BodyPart;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An answer that an upstream sends in parts, each one only when the client has all that the gateway
 * passes on of those before. So every part is a read of its own in the gateway, with no pause by
 * the clock.
 */
final class PacedAnswer {
  /** How the body's end is told. */
  enum Framing {
    CHUNKED,
    LENGTH,
    CLOSE
  }

  /**
   * Where a part ends.
   *
   * @param sent bytes of the body sent up to there
   * @param seen bytes of the body that the client gets of them
   */
  record Cut(int sent, int seen) {}

  private final byte[] head;
  private final byte[] body;
  private final byte[] end;
  private final boolean closes;
  private final List<Cut> cuts;
  // One for the head, one for every byte of the body.
  private final Semaphore seen = new Semaphore(0);

  private PacedAnswer(byte[] head, byte[] body, byte[] end, boolean closes, List<Cut> cuts) {
    this.head = head;
    this.body = body;
    this.end = end;
    this.closes = closes;
    this.cuts = cuts;
  }

  /**
   * An answer with its body in one piece of framing, so that the cuts lie within it.
   *
   * @param cuts in ascending order; none: all is sent at once
   */
  static PacedAnswer of(
      int status, String contentType, byte[] body, Framing framing, List<Cut> cuts) {
    String fields =
        switch (framing) {
          case CHUNKED ->
              "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length) + "\r\n";
          case LENGTH -> "Content-Length: " + body.length + "\r\n\r\n";
          case CLOSE -> "Connection: close\r\n\r\n";
        };
    String head = "HTTP/1.1 " + status + " Golden\r\nContent-Type: " + contentType + "\r\n";
    String end = framing == Framing.CHUNKED ? "\r\n0\r\n\r\n" : "";
    return new PacedAnswer(
        (head + fields).getBytes(StandardCharsets.US_ASCII),
        body,
        end.getBytes(StandardCharsets.US_ASCII),
        framing == Framing.CLOSE,
        cuts);
  }

  /** The upstream's side. */
  void play(UpstreamConnection connection) throws IOException, InterruptedException {
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    part.writeBytes(head);
    int sent = 0;
    int expected = -1;
    for (Cut cut : cuts) {
      part.write(body, sent, cut.sent() - sent);
      connection.send(part.toByteArray());
      part.reset();
      if (!seen.tryAcquire(cut.seen() - expected, 10, TimeUnit.SECONDS)) {
        throw new AssertionError("the client did not get " + cut.seen() + " bytes of " + cut);
      }
      sent = cut.sent();
      expected = cut.seen();
    }
    part.write(body, sent, body.length - sent);
    part.writeBytes(end);
    connection.send(part.toByteArray());
    if (closes) {
      connection.close();
    }
  }

  /** The client's side: reads the answer and says so to the upstream's, part by part. */
  RawResponse readBy(RawClient client) throws IOException {
    client.readHead();
    seen.release();
    for (BodyPart part = client.readPart(); part != null; part = client.readPart()) {
      seen.release(part.bytes().length);
    }
    RawResponse response = client.rest();
    assertThat(response.whole()).isTrue();
    return response;
  }

  @Override
  public String toString() {
    return new String(head, StandardCharsets.US_ASCII).lines().findFirst().orElse("")
        + Arrays.toString(cuts.stream().limit(3).toArray());
  }
}
