package dev.tallygate.blackbox;

import java.io.ByteArrayOutputStream;

/**
 * An answer's body as far as it has arrived, the bytes of an unfinished chunk included. Fed from a
 * buffer that keeps all that came.
 */
final class BodySoFar {
  private static final String LENGTH = "content-length:";

  private final boolean chunked;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private int at;
  private int left;
  private boolean last;
  private boolean complete;

  private BodySoFar(boolean chunked, int at, int left) {
    this.chunked = chunked;
    this.at = at;
    this.left = left;
    this.complete = !chunked && left == 0;
  }

  /** The body behind a head, given in lower case; without a length it has none. */
  static BodySoFar of(String head, int at) {
    if (head.contains("transfer-encoding: chunked")) {
      return new BodySoFar(true, at, 0);
    }
    int length = head.indexOf(LENGTH);
    int from = length + LENGTH.length();
    return new BodySoFar(
        false,
        at,
        length < 0 ? 0 : Integer.parseInt(head.substring(from, head.indexOf('\r', from)).strip()));
  }

  /** Reads on up to {@code end}; true when the body is complete. */
  boolean read(byte[] bytes, int end) {
    while (!complete && at < end) {
      if (left > 0) {
        int length = Math.min(left, end - at);
        content.write(bytes, at, length);
        at += length;
        left -= length;
        complete = !chunked && left == 0;
      } else {
        int lineEnd = lineEnd(bytes, end);
        if (lineEnd < 0) {
          return false;
        }
        line(new String(bytes, at, lineEnd - at, java.nio.charset.StandardCharsets.US_ASCII));
        at = lineEnd;
      }
    }
    return complete;
  }

  boolean complete() {
    return complete;
  }

  byte[] content() {
    return content.toByteArray();
  }

  /** A chunk's size, the empty line behind its bytes, or the one after the last chunk. */
  private void line(String line) {
    String text = line.strip();
    if (text.isEmpty()) {
      complete = last;
    } else if (!last) {
      left = Integer.parseInt(text, 16);
      last = left == 0;
    }
  }

  private int lineEnd(byte[] bytes, int end) {
    for (int i = at; i < end; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }
}
