package dev.tallygate.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/**
 * An upstream that answers every call at once with the same chat completion of {@value #TOKENS}
 * tokens, so that little of the machine goes into it. A virtual thread for each connection.
 */
public final class CannedUpstream implements AutoCloseable {
  /** Input and output that every answer says it used. */
  public static final int TOKENS = 30;

  private static final int BACKLOG = 4_096;
  private static final String BODY =
      """
      {"id":"chatcmpl-canned","object":"chat.completion","created":1795435155,"model":"glm-4.7",\
      "choices":[{"index":0,"message":{"role":"assistant","content":"Hello. This answer is always \
      the same, to the last byte, and it costs next to nothing to make it, which is the point."},\
      "finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}
      """;
  private static final byte[] RESPONSE =
      ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
              + BODY.length()
              + "\r\n\r\n"
              + BODY)
          .getBytes(UTF_8);

  private final ServerSocket server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final LongAdder calls = new LongAdder();

  public CannedUpstream() throws IOException {
    server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** Calls answered. */
  public long calls() {
    return calls.sum();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        threads.execute(() -> serve(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          System.err.println("the upstream cannot accept: " + e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (Head head = Head.read(in); head != null; head = Head.read(in)) {
        in.skipNBytes(head.bodyBytes());
        calls.increment();
        socket.getOutputStream().write(RESPONSE);
      }
    } catch (IOException e) {
      // The gateway has closed or reset it; a call that was broken so is seen by its client.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
