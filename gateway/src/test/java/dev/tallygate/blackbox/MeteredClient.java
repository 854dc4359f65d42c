package dev.tallygate.blackbox;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * A client on one kept-alive connection that makes one {@link MeteredCall} after the other, and
 * knows of each, to the byte, what it got, also when the connection dies under it. One thread at a
 * time.
 */
final class MeteredClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Socket socket;
  private final InputStream in;
  private final String key;
  private byte[] received = new byte[4 * 1024];
  private int end;

  /** How a call ended. */
  enum Ending {
    /** The HTTP message came whole. */
    COMPLETE,
    /** The connection died, but the client has all that matters: a stream's own end. */
    DIED_WHOLE,
    /** The connection died before. */
    DIED;

    boolean whole() {
      return this != DIED;
    }
  }

  /** What came back; {@code status} is 0 when nothing did, {@code body} is as far as it came. */
  record Answer(int status, Ending ending, String body) {}

  private MeteredClient(Socket socket, String key) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.key = key;
  }

  static MeteredClient connect(URI gateway, String key) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.connect(
        new InetSocketAddress(gateway.getHost(), gateway.getPort()), (int) PATIENCE.toMillis());
    return new MeteredClient(socket, key);
  }

  String key() {
    return key;
  }

  /**
   * Makes a call and reads its answer, or what there is of it.
   *
   * @throws AssertionError when an answer with status 200 has another body than the upstream sent
   */
  Answer call(MeteredCall call) throws SocketTimeoutException {
    end = 0;
    boolean alive = send(call.request(key));
    int body = -1;
    while (alive && body < 0) {
      body = headEnd();
      alive = body >= 0 || fill();
    }
    if (body < 0) {
      return new Answer(0, Ending.DIED, "");
    }
    String head = new String(received, 0, body, StandardCharsets.ISO_8859_1);
    int status = Integer.parseInt(head.substring(9, 12));
    BodySoFar soFar = BodySoFar.of(head.toLowerCase(Locale.ROOT), body);
    while (!soFar.read(received, end) && fill()) {
      // until it is complete, or the connection dies
    }
    byte[] content = soFar.content();
    Ending ending = soFar.complete() ? Ending.COMPLETE : Ending.DIED;
    if (status == 200) {
      byte[] delivered = call.delivered();
      boolean all = content.length == delivered.length;
      if (content.length > delivered.length
          || !Arrays.equals(content, 0, content.length, delivered, 0, content.length)
          || (soFar.complete() && !all)) {
        throw new AssertionError(
            "%s got%n%s%ninstead of%n%s".formatted(call, text(content), text(delivered)));
      }
      if (ending == Ending.DIED
          && call.shape().streamed()
          && content.length >= call.wholeAt(delivered.length)) {
        ending = Ending.DIED_WHOLE;
      }
    }
    return new Answer(status, ending, text(content));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private boolean send(byte[] request) {
    try {
      socket.getOutputStream().write(request);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private int headEnd() {
    for (int i = 3; i < end; i++) {
      if (received[i] == '\n' && received[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  /** Reads more; false when the connection is over, orderly or not. */
  private boolean fill() throws SocketTimeoutException {
    if (end == received.length) {
      received = Arrays.copyOf(received, 2 * end);
    }
    try {
      int count = in.read(received, end, received.length - end);
      end += Math.max(count, 0);
      return count > 0;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(byte[] ascii) {
    return new String(ascii, StandardCharsets.UTF_8);
  }
}
