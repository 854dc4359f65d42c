package dev.tallygate.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 client for tests that sends exactly the bytes it is given and shows exactly those
 * that come back. Reads give up after 10 seconds unless told otherwise. One thread at a time, but
 * for {@link #closeAbruptly()} and {@link #close()}.
 */
public final class RawClient implements AutoCloseable {
  private final Socket connection;
  private final Socket socket;
  private final Wire wire;
  private final List<Headers> informational = new ArrayList<>();
  private @Nullable Headers head;
  private @Nullable BodyReader body;

  /**
   * @param connection what is below TLS; the same as {@code socket} without it
   */
  private RawClient(Socket connection, Socket socket) throws IOException {
    this.connection = connection;
    this.socket = socket;
    this.wire = new Wire(socket);
  }

  /** Connects to the host and port of {@code server}. */
  public static RawClient connect(URI server) throws IOException {
    return connect(server, 0);
  }

  /**
   * Connects with a small receive buffer, for a client that reads slowly.
   *
   * @param receiveBufferBytes what the kernel buffers for it; 0 for the system's choice
   */
  public static RawClient connect(URI server, int receiveBufferBytes) throws IOException {
    Socket socket = open(server.getHost(), server.getPort(), receiveBufferBytes);
    return new RawClient(socket, socket);
  }

  /** Connects and speaks TLS. */
  public static RawClient connect(URI server, SSLContext tls) throws IOException {
    Socket connection = open(server.getHost(), server.getPort(), 0);
    return new RawClient(connection, TlsSocket.over(connection, tls, "http/1.1"));
  }

  static Socket open(String host, int port, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(host, port), (int) Wire.PATIENCE.toMillis());
    return socket;
  }

  /** Connects from another address of this machine, such as {@code 127.0.0.2} on Linux. */
  public static RawClient connectFrom(String address, URI server) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.bind(new InetSocketAddress(address, 0));
    socket.connect(
        new InetSocketAddress(server.getHost(), server.getPort()), (int) Wire.PATIENCE.toMillis());
    return new RawClient(socket, socket);
  }

  /** How long each read waits from now on. */
  public RawClient patience(Duration patience) {
    wire.patience(patience);
    return this;
  }

  /** Sends text as UTF-8, line ends as they are. */
  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends bytes in one write. */
  public RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /**
   * Sends a whole request: HTTP/1.1, a {@code Host}, the given fields and, unless {@code body} is
   * empty, {@code Content-Length}.
   *
   * @param fields each {@code "name: value"}
   */
  public RawClient request(String method, String target, String body, String... fields)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    text.append("Host: ").append(socket.getInetAddress().getHostAddress());
    text.append(':').append(socket.getPort()).append("\r\n");
    for (String field : fields) {
      text.append(field).append("\r\n");
    }
    if (bytes.length > 0) {
      text.append("Content-Length: ").append(bytes.length).append("\r\n");
    }
    return send(text.append("\r\n").append(body).toString());
  }

  /** Reads a whole response; call again for the next one of a pipeline. */
  public RawResponse readResponse() throws IOException {
    readHead(false);
    return rest();
  }

  /** Reads the response to a {@code HEAD} request. */
  public RawResponse readResponseToHead() throws IOException {
    readHead(true);
    return rest();
  }

  /** Reads a 1xx response, which a client may have to wait for before it goes on sending. */
  public Headers readInterim() throws IOException {
    Headers next = wire.readHead();
    if (next == null) {
      throw new EOFException("closed without a response");
    }
    if (RawResponse.status(next) >= 200) {
      throw new IllegalStateException("not a 1xx response: " + next.startLine());
    }
    return next;
  }

  /** Reads a final response's head and leaves the body; 1xx heads before it are kept. */
  public Headers readHead() throws IOException {
    return readHead(false);
  }

  /** After {@link #readHead()}: the body's next chunk or read; null at its end. */
  public @Nullable BodyPart readPart() throws IOException {
    return open().next();
  }

  /**
   * After {@link #readHead()}: reads on until the body so far contains {@code marker}, and returns
   * the body so far.
   */
  public String readUntil(String marker) throws IOException {
    while (true) {
      String text = Wire.text(open().body());
      if (text.contains(marker)) {
        return text;
      }
      if (open().next() == null) {
        throw new EOFException("the body ended without '" + marker + "': " + text);
      }
    }
  }

  /** After {@link #readHead()}: reads the rest of the body. */
  public RawResponse rest() throws IOException {
    BodyReader open = open();
    try {
      open.readAll();
    } catch (SocketException e) {
      // reset by the peer: the response is not whole
    }
    RawResponse response = new RawResponse(informational, headOrFail(), open);
    informational.clear();
    head = null;
    body = null;
    return response;
  }

  /** Waits until the server has closed or reset the connection. */
  public boolean awaitServerGone(Duration within) throws IOException {
    return wire.awaitGone(within);
  }

  /** Closes the sending half: the server reads the end of the stream. */
  public void finishSending() throws IOException {
    socket.shutdownOutput();
  }

  /** Resets the connection (RST), without a word of TLS. */
  public void closeAbruptly() throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private Headers readHead(boolean toHead) throws IOException {
    while (true) {
      Headers next = wire.readHead();
      if (next == null) {
        throw new EOFException("closed without a response");
      }
      int status = RawResponse.status(next);
      if (status >= 200 || status == 101) {
        head = next;
        body = BodyReader.ofResponse(wire, next, toHead);
        return next;
      }
      informational.add(next);
    }
  }

  private BodyReader open() {
    if (body == null) {
      throw new IllegalStateException("no response is open: readHead() comes first");
    }
    return body;
  }

  private Headers headOrFail() {
    if (head == null) {
      throw new IllegalStateException("no response is open: readHead() comes first");
    }
    return head;
  }
}
