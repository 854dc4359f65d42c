package dev.tallygate.testkit;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client over TLS that sends the frames it is told to, the wrong ones too (RFC 9113). It
 * acknowledges nothing and grants no window unless told.
 */
public final class RawHttp2 implements AutoCloseable {
  /** Kinds of frames. */
  public static final int DATA = 0;

  public static final int HEADERS = 1;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  /** Flags. */
  public static final int END_STREAM = 1;

  public static final int END_HEADERS = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final Socket connection;
  private final SSLSocket socket;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();

  /** One frame as it came. */
  public static final class Frame {
    private final int type;
    private final int flags;
    private final int stream;
    private final byte[] payload;
    private final @Nullable Http2Headers head;

    Frame(int type, int flags, int stream, byte[] payload, @Nullable Http2Headers head) {
      this.type = type;
      this.flags = flags;
      this.stream = stream;
      this.payload = payload;
      this.head = head;
    }

    /** Its kind. */
    public int type() {
      return type;
    }

    /** The stream it belongs to; 0: the connection. */
    public int stream() {
      return stream;
    }

    /** What it carries. */
    public byte[] payload() {
      return payload;
    }

    /** What HEADERS say. */
    public Http2Headers head() {
      if (head == null) {
        throw new IllegalStateException("not HEADERS: " + type);
      }
      return head;
    }

    /** Whether it is the last of its stream. */
    public boolean endsStream() {
      return (flags & END_STREAM) != 0 && (type == DATA || type == HEADERS);
    }

    /** The code of a reset or of a GOAWAY. */
    public int errorCode() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    /** Its payload as text. */
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  private RawHttp2(Socket connection, SSLSocket socket) throws IOException {
    this.connection = connection;
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** Connects, agrees on HTTP/2, and sends the preface with empty settings. */
  public static RawHttp2 connect(int port, SSLContext tls) throws IOException {
    return connect(port, tls, 0);
  }

  /**
   * The same for a client that reads slowly.
   *
   * @param receiveBufferBytes what the kernel buffers for it; 0 for the system's choice
   */
  public static RawHttp2 connect(int port, SSLContext tls, int receiveBufferBytes)
      throws IOException {
    Socket connection = RawClient.open("127.0.0.1", port, receiveBufferBytes);
    SSLSocket socket = TlsSocket.over(connection, tls, "h2");
    RawHttp2 client = new RawHttp2(connection, socket);
    socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    client.frame(SETTINGS, 0, 0, new byte[0]);
    return client;
  }

  /** Sends a frame. */
  public RawHttp2 frame(int type, int flags, int stream, byte[] payload) throws IOException {
    byte[] frame = new byte[9 + payload.length];
    frame[0] = (byte) (payload.length >> 16);
    frame[1] = (byte) (payload.length >> 8);
    frame[2] = (byte) payload.length;
    frame[3] = (byte) type;
    frame[4] = (byte) flags;
    number(stream, frame, 5);
    System.arraycopy(payload, 0, frame, 9, payload.length);
    socket.getOutputStream().write(frame);
    return this;
  }

  /** Sends a POST with a body; fields are names and values in turn. */
  public RawHttp2 post(int stream, String path, String body, String... fields) throws IOException {
    frame(HEADERS, END_HEADERS, stream, head("POST", path, fields));
    return frame(DATA, END_STREAM, stream, body.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a GET; fields are names and values in turn. */
  public RawHttp2 get(int stream, String path, String... fields) throws IOException {
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, head("GET", path, fields));
  }

  /** Resets a stream. */
  public RawHttp2 reset(int stream, int code) throws IOException {
    return frame(RST_STREAM, 0, stream, number(code, new byte[4], 0));
  }

  /** Lets the other side send more, on the connection (0) or on a stream. */
  public RawHttp2 grant(int stream, int bytes) throws IOException {
    return frame(WINDOW_UPDATE, 0, stream, number(bytes, new byte[4], 0));
  }

  /** A head, as a block that needs no table (RFC 7541 §6.2.2). */
  public static byte[] head(String method, String path, String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", method);
    literal(block, ":scheme", "https");
    literal(block, ":authority", "localhost");
    literal(block, ":path", path);
    for (int i = 0; i < fields.length; i += 2) {
      literal(block, fields[i], fields[i + 1]);
    }
    return block.toByteArray();
  }

  /** The same for one field, or a pseudo-header. */
  public static byte[] fields(String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      literal(block, namesAndValues[i], namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream to, String name, String value) {
    to.write(0);
    text(to, name);
    text(to, value);
  }

  private static void text(ByteArrayOutputStream to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 127) {
      to.write(bytes.length);
    } else {
      to.write(127);
      int rest = bytes.length - 127;
      for (; rest >= 128; rest >>= 7) {
        to.write((rest & 127) | 128);
      }
      to.write(rest);
    }
    to.writeBytes(bytes);
  }

  private static byte[] number(int number, byte[] into, int at) {
    into[at] = (byte) (number >> 24);
    into[at + 1] = (byte) (number >> 16);
    into[at + 2] = (byte) (number >> 8);
    into[at + 3] = (byte) number;
    return into;
  }

  /** The next frame, or null when the connection has ended. */
  public @Nullable Frame read() throws IOException {
    byte[] bytes = new byte[9];
    try {
      in.readFully(bytes);
      ByteBuffer head = ByteBuffer.wrap(bytes);
      byte[] payload = new byte[head.getInt(0) >>> 8];
      in.readFully(payload);
      int stream = head.getInt(5) & Integer.MAX_VALUE;
      // Each in turn, wanted or not: what one tells, those behind it may refer to.
      Http2Headers fields =
          head.get(3) == HEADERS
              ? decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload))
              : null;
      return new Frame(head.get(3), head.get(4), stream, payload, fields);
    } catch (Http2Exception e) {
      throw new IOException(e);
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  /** Skips frames up to one that is looked for; throws when the connection ends before. */
  public Frame readUntil(Predicate<Frame> wanted) throws IOException {
    for (Frame frame = read(); frame != null; frame = read()) {
      if (wanted.test(frame)) {
        return frame;
      }
    }
    throw new EOFException("the connection has ended");
  }

  /** Skips everything up to the end of the connection; throws when that does not come. */
  public void awaitEnd() throws IOException {
    Frame frame = read();
    while (frame != null) {
      frame = read();
    }
  }

  /** Skips to the next head. */
  public Http2Headers readHead() throws IOException {
    return readUntil(each -> each.type() == HEADERS).head();
  }

  /** The rest of a stream's body. */
  public String readBody(int stream) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Frame end = readBody(stream, body);
    if (end.type() == RST_STREAM) {
      throw new IOException("reset with " + end.errorCode());
    }
    return body.toString(StandardCharsets.UTF_8);
  }

  /** The rest of a body that breaks off; throws when it ends as if it were whole. */
  public String readBrokenBody(int stream) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Frame end = readBody(stream, body);
    if (end.type() != RST_STREAM) {
      throw new IOException("ended after " + body.size() + " bytes, and not reset");
    }
    return body.toString(StandardCharsets.UTF_8);
  }

  private Frame readBody(int stream, ByteArrayOutputStream body) throws IOException {
    while (true) {
      Frame frame = readUntil(each -> each.stream() == stream);
      if (frame.type() == DATA) {
        body.writeBytes(frame.payload());
      }
      if (frame.type() == RST_STREAM || frame.endsStream()) {
        return frame;
      }
    }
  }

  /** How long each read waits from now on. */
  public RawHttp2 patience(Duration patience) throws IOException {
    socket.setSoTimeout((int) patience.toMillis());
    return this;
  }

  /** Resets the connection (RST), without a word of TLS or HTTP/2. */
  public void closeAbruptly() throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
