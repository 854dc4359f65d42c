package dev.tallygate.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link FakeUpstream}, in the hands of a script. */
public final class UpstreamConnection implements AutoCloseable {
  private static final Duration KEPT_ALIVE = Duration.ofMinutes(2);
  private static final Duration STALLED_AT_MOST = Duration.ofMinutes(1);

  private final FakeUpstream upstream;
  private final Socket socket;
  private final Wire wire;
  private final int number;
  private @Nullable ReceivedRequest request;

  UpstreamConnection(FakeUpstream upstream, Socket socket, int number) throws IOException {
    this.upstream = upstream;
    this.socket = socket;
    this.wire = new Wire(socket);
    this.number = number;
    socket.setTcpNoDelay(true);
  }

  /** Its number, from 1 in the order of arrival. */
  public int number() {
    return number;
  }

  /** The request that is being answered. */
  public ReceivedRequest request() {
    if (request == null) {
      throw new IllegalStateException("no request was read yet");
    }
    return request;
  }

  /** Reads and records a request with its body; for scripts of whole connections. */
  public ReceivedRequest readRequest() throws IOException {
    if (!readNextRequest()) {
      throw new EOFException("closed before a request");
    }
    return request();
  }

  /** Reads a head and leaves the body; what {@link #readBody} adds is not recorded otherwise. */
  public Headers readHead() throws IOException {
    Headers head = wire.readHead();
    if (head == null) {
      throw new EOFException("closed before a request");
    }
    return head;
  }

  /** Reads the body that {@code head} announces and records the request. */
  public ReceivedRequest readBody(Headers head) throws IOException {
    ReceivedRequest read =
        new ReceivedRequest(number, head, BodyReader.ofRequest(wire, head).readAll());
    request = read;
    upstream.received(read);
    return read;
  }

  /** Sends text as UTF-8, line ends as they are. */
  public void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends bytes in one write. */
  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Sends bytes in writes of {@code size}, with a millisecond between so that they stay apart. */
  public void sendSlowly(byte[] bytes, int size) throws IOException {
    sendSlowly(bytes, size, Duration.ofMillis(1));
  }

  /** Sends bytes in writes of {@code size} with a pause between. */
  public void sendSlowly(byte[] bytes, int size, Duration pause) throws IOException {
    for (int at = 0; at < bytes.length; at += size) {
      send(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  /** Has the kernel keep about so much of what is sent and not yet taken, instead of megabytes. */
  public void buffer(int bytes) throws IOException {
    socket.setSendBufferSize(bytes);
  }

  /** Sends one chunk of a chunked body. */
  public void sendChunk(String text) throws IOException {
    send(Answers.chunk(text));
  }

  /** Ends a chunked body. */
  public void endChunks() throws IOException {
    send("0\r\n\r\n");
  }

  /**
   * Says and reads nothing until {@link FakeUpstream#release()}, or until the upstream is closed; a
   * minute at most.
   */
  public void stall() throws InterruptedException {
    upstream.awaitRelease(STALLED_AT_MOST);
  }

  /** Waits until the other side has closed or reset the connection; false when it did not. */
  public boolean awaitClientGone(Duration within) throws IOException {
    return wire.awaitGone(within);
  }

  /** Closes the sending half: the other side reads the end of the stream. */
  public void finishSending() throws IOException {
    socket.shutdownOutput();
  }

  /** Resets the connection (RST); what was sent but not yet read there may be lost. */
  public void closeAbruptly() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  boolean isClosed() {
    return socket.isClosed() || socket.isOutputShutdown();
  }

  /** False when the other side closed instead of sending another request. */
  boolean readNextRequest() throws IOException {
    wire.patience(KEPT_ALIVE);
    Headers head = wire.readHead();
    wire.patience(Wire.PATIENCE);
    if (head == null) {
      return false;
    }
    readBody(head);
    return true;
  }
}
