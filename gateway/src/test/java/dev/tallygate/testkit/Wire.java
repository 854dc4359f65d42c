package dev.tallygate.testkit;

import dev.tallygate.model.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of one HTTP/1.1 connection, byte by byte. Every method has a deadline and throws
 * {@link SocketTimeoutException} when it passes. One thread at a time.
 */
final class Wire {
  /** How long a read waits unless told otherwise. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MAX_HEAD_BYTES = 4 << 20;

  private final Socket socket;
  private final InputStream in;
  private final Ticker ticker = Ticker.system();
  private byte[] buffer = new byte[16 * 1024];
  private int start;
  private int end;
  private Duration patience = PATIENCE;

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  void patience(Duration patience) {
    this.patience = patience;
  }

  /** The next head, or null when the peer closed before its first byte. */
  @Nullable Headers readHead() throws IOException {
    long deadline = deadline();
    int scanned = 0;
    while (true) {
      for (; scanned + 4 <= end - start; scanned++) {
        int at = start + scanned;
        if (buffer[at] == '\r'
            && buffer[at + 1] == '\n'
            && buffer[at + 2] == '\r'
            && buffer[at + 3] == '\n') {
          return Headers.parse(take(scanned + 4));
        }
      }
      if (end - start > MAX_HEAD_BYTES) {
        throw new IOException("head longer than " + MAX_HEAD_BYTES + " bytes");
      }
      if (!fill(deadline)) {
        if (start == end) {
          return null;
        }
        throw new EOFException("closed inside a head: " + text(take(end - start)));
      }
    }
  }

  /** Exactly so many bytes; fewer only when the peer closed. */
  byte[] readUpTo(long length) throws IOException {
    long deadline = deadline();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (bytes.size() < length && (start < end || fill(deadline))) {
      bytes.writeBytes(take((int) Math.min(length - bytes.size(), end - start)));
    }
    return bytes.toByteArray();
  }

  /** Whatever is there, waiting for at least one byte; null at the end of the connection. */
  byte @Nullable [] readSome(long atMost) throws IOException {
    return start < end || fill(deadline()) ? take((int) Math.min(atMost, end - start)) : null;
  }

  /** One line with its CRLF, or what there was when the peer closed. */
  byte[] readLine() throws IOException {
    long deadline = deadline();
    int scanned = 0;
    while (true) {
      for (; scanned < end - start; scanned++) {
        if (buffer[start + scanned] == '\n') {
          return take(scanned + 1);
        }
      }
      if (!fill(deadline)) {
        return take(end - start);
      }
    }
  }

  /** Waits until the peer has closed or reset; bytes that come meanwhile are kept. */
  boolean awaitGone(Duration within) throws IOException {
    long deadline = ticker.nanos() + within.toNanos();
    try {
      while (fill(deadline)) {
        // kept for the next read
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true; // reset
    }
  }

  Ticker ticker() {
    return ticker;
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private long deadline() {
    return ticker.nanos() + patience.toNanos();
  }

  private byte[] take(int length) {
    byte[] bytes = Arrays.copyOfRange(buffer, start, start + length);
    start += length;
    if (start == end) {
      start = 0;
      end = 0;
    }
    return bytes;
  }

  /** Reads more into the buffer; false at the end of the connection. */
  private boolean fill(long deadline) throws IOException {
    long left = (deadline - ticker.nanos()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("nothing more within " + patience);
    }
    if (end == buffer.length) {
      if (start > 0) {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
      } else {
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
    }
    socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
    int read = in.read(buffer, end, buffer.length - end);
    if (read < 0) {
      return false;
    }
    end += read;
    return true;
  }
}
