package dev.tallygate.benchmarks.harness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The start line of an HTTP/1.1 message and what its header says of the body that follows.
 *
 * @param bodyBytes 0 when nothing is said
 */
record Head(String startLine, int bodyBytes, boolean chunked) {
  private static final int LONGEST_LINE = 16_384;

  /** Reads one; null at the end of the connection. */
  static @Nullable Head read(InputStream in) throws IOException {
    String startLine = line(in, true);
    if (startLine == null) {
      return null;
    }
    int bodyBytes = 0;
    boolean chunked = false;
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      String lower = field.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        bodyBytes = Integer.parseInt(lower.substring(15).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        chunked = lower.endsWith("chunked");
      }
    }
    return new Head(startLine, bodyBytes, chunked);
  }

  /** A line without its end. */
  static String line(InputStream in) throws IOException {
    String line = line(in, false);
    if (line == null) {
      throw new EOFException("closed within a message");
    }
    return line;
  }

  private static @Nullable String line(InputStream in, boolean mayEnd) throws IOException {
    byte[] bytes = new byte[128];
    int length = 0;
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        if (mayEnd && length == 0) {
          return null;
        }
        throw new EOFException("closed within a message");
      }
      if (length == bytes.length) {
        if (length >= LONGEST_LINE) {
          throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
        }
        bytes = Arrays.copyOf(bytes, 2 * length);
      }
      bytes[length++] = (byte) next;
    }
    int end = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
    return new String(bytes, 0, end, ISO_8859_1);
  }
}
