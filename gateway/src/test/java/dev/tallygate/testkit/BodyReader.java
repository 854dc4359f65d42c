package dev.tallygate.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the body that a head announces, part by part, and knows whether it came whole. */
final class BodyReader {
  private enum Framing {
    NONE,
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  private final Wire wire;
  private final Framing framing;
  private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
  private final List<BodyPart> parts = new ArrayList<>();
  private long left;
  private boolean ended;
  private boolean whole;

  private BodyReader(Wire wire, Framing framing, long length) {
    this.wire = wire;
    this.framing = framing;
    this.left = length;
    if (framing == Framing.NONE || (framing == Framing.LENGTH && length == 0)) {
      ended = true;
      whole = true;
    }
  }

  static BodyReader ofRequest(Wire wire, Headers head) {
    return of(wire, head, Framing.NONE);
  }

  static BodyReader ofResponse(Wire wire, Headers head, boolean toHead) {
    int status = RawResponse.status(head);
    return toHead || status < 200 || status == 204 || status == 304
        ? new BodyReader(wire, Framing.NONE, 0)
        : of(wire, head, Framing.UNTIL_CLOSE);
  }

  private static BodyReader of(Wire wire, Headers head, Framing otherwise) {
    if (head.first("transfer-encoding").equalsIgnoreCase("chunked")) {
      return new BodyReader(wire, Framing.CHUNKED, 0);
    }
    return head.has("content-length")
        ? new BodyReader(wire, Framing.LENGTH, Long.parseLong(head.first("content-length")))
        : new BodyReader(wire, otherwise, Long.MAX_VALUE);
  }

  /**
   * The next chunk, or the next bytes that are there when the body is not chunked; null at its end.
   */
  @Nullable BodyPart next() throws IOException {
    if (ended) {
      return null;
    }
    byte[] bytes = framing == Framing.CHUNKED ? nextChunk() : wire.readSome(left);
    if (bytes == null) {
      ended = true;
      whole |= framing == Framing.UNTIL_CLOSE;
      return null;
    }
    if (framing != Framing.CHUNKED) {
      raw.writeBytes(bytes);
    }
    if (framing == Framing.LENGTH) {
      left -= bytes.length;
      ended = left == 0;
      whole = ended;
    }
    BodyPart part = new BodyPart(bytes, wire.ticker().nanos());
    parts.add(part);
    return part;
  }

  BodyReader readAll() throws IOException {
    while (next() != null) {
      // kept in parts
    }
    return this;
  }

  byte[] body() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    parts.forEach(part -> body.writeBytes(part.bytes()));
    return body.toByteArray();
  }

  /** As it was on the wire, chunk sizes and trailers included. */
  byte[] raw() {
    return raw.toByteArray();
  }

  List<BodyPart> parts() {
    return List.copyOf(parts);
  }

  /** Whether the announced end was reached. */
  boolean whole() {
    return whole;
  }

  boolean ended() {
    return ended;
  }

  private byte @Nullable [] nextChunk() throws IOException {
    String line = keep(wire.readLine());
    if (!line.endsWith("\r\n")) {
      return null;
    }
    int size = Integer.parseInt(line.split("[;\r]", 2)[0].strip(), 16);
    if (size == 0) {
      String trailer;
      do {
        trailer = keep(wire.readLine());
      } while (trailer.endsWith("\n") && !trailer.equals("\r\n"));
      whole = trailer.equals("\r\n");
      return null;
    }
    byte[] bytes = wire.readUpTo(size);
    raw.writeBytes(bytes);
    if (bytes.length < size) {
      ended = true;
      return bytes.length == 0 ? null : bytes;
    }
    keep(wire.readUpTo(2));
    return bytes;
  }

  private String keep(byte[] bytes) {
    raw.writeBytes(bytes);
    return Wire.text(bytes);
  }
}
