package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Puts the head of an HTTP/1.1 message together (RFC 9112 §2.1). Each event loop has one, used for
 * one head after the other: a head is written in one go, and copied out before the next begins.
 *
 * <p>Names and values are written as they are given: they have to be free of line breaks, as what
 * the decoder lets through is. Characters beyond Latin-1 become question marks.
 */
public final class HeadWriter {
  private static final AsciiString VERSION = AsciiString.cached("HTTP/1.1");
  private static final int FIRST_BYTES = 4 * 1024;
  private static final int LONGEST_NUMBER = 20;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;

  /** Begins a request with its first line. */
  HeadWriter request(AsciiString method, String basePath, String target) {
    length = 0;
    return text(method).put(' ').text(basePath).text(target).put(' ').text(VERSION).endLine();
  }

  /** Begins an answer with its first line. */
  public HeadWriter answer(AsciiString code, String reason) {
    length = 0;
    return text(VERSION).put(' ').text(code).put(' ').text(reason).endLine();
  }

  /** A whole header line. */
  public HeadWriter line(CharSequence name, CharSequence value) {
    return name(name).text(value).endLine();
  }

  /** A whole header line whose value is a number that is not negative. */
  public HeadWriter line(AsciiString name, long value) {
    return name(name).number(value).endLine();
  }

  /** The beginning of a header line, up to its value. */
  HeadWriter name(CharSequence name) {
    return text(name).put(':').put(' ');
  }

  /** The end of a line, and after the last one of the head. */
  public HeadWriter endLine() {
    return put('\r').put('\n');
  }

  /** Text within a line. */
  HeadWriter text(CharSequence text) {
    if (text instanceof AsciiString ascii) {
      put(ascii.array(), ascii.arrayOffset(), ascii.length());
    } else {
      byte[] latin = text.toString().getBytes(StandardCharsets.ISO_8859_1);
      put(latin, 0, latin.length);
    }
    return this;
  }

  /** A number within a line, which is not negative. */
  HeadWriter number(long number) {
    ensure(LONGEST_NUMBER);
    int end = length + digits(number);
    int at = end;
    long rest = number;
    do {
      bytes[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    length = end;
    return this;
  }

  private static int digits(long number) {
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }

  /** An ASCII character within a line. */
  HeadWriter put(char c) {
    ensure(1);
    bytes[length++] = (byte) c;
    return this;
  }

  private void put(byte[] from, int offset, int count) {
    ensure(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  /** The status of the answer. */
  public AsciiString status() {
    return new AsciiString(bytes, VERSION.length() + 1, 3, true);
  }

  /** Tells the header lines so far, name and value, for a protocol that writes them otherwise. */
  public void forEachLine(BiConsumer<AsciiString, AsciiString> lines) {
    int begin = 0;
    for (int end = lineEnd(begin); end >= 0; end = lineEnd(begin)) {
      if (begin > 0) {
        int colon = begin;
        while (bytes[colon] != ':') {
          colon++;
        }
        lines.accept(part(begin, colon), part(colon + 2, end));
      }
      begin = end + 2;
    }
  }

  private int lineEnd(int from) {
    for (int i = from; i < length; i++) {
      if (bytes[i] == '\r') {
        return i;
      }
    }
    return -1;
  }

  private AsciiString part(int from, int to) {
    return new AsciiString(bytes, from, to - from, true);
  }

  /** How long the head is, in bytes. */
  public int length() {
    return length;
  }

  /** Copies the head into a buffer. */
  public void copyTo(ByteBuf out) {
    out.writeBytes(bytes, 0, length);
  }
}
