package dev.tallygate.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A client's kept-alive connection to a gateway on this machine: one call after the other. One
 * thread at a time.
 */
public final class Connection implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;

  public Connection(int port) throws IOException {
    socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a request and reads the response to its last byte. */
  public Answer call(String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(UTF_8));
    Head head = Head.read(in);
    if (head == null) {
      throw new EOFException("closed without a response");
    }
    byte[] body = head.chunked() ? chunks() : exactly(head.bodyBytes());
    return new Answer(Integer.parseInt(head.startLine().substring(9, 12)), new String(body, UTF_8));
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.writeBytes(exactly(size));
      Head.line(in);
    }
    while (!Head.line(in).isEmpty()) {
      // trailers
    }
    return body.toByteArray();
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(Head.line(in).split(";", 2)[0].strip(), 16);
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("closed within a body");
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
