package dev.tallygate.blackbox;

import dev.tallygate.testkit.Answers;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * An upstream that answers well, or does what a call names of the things that upstreams do to their
 * clients. Keeps nothing of a call.
 */
final class SoakUpstream implements AutoCloseable {
  private static final int MAX_LINE_BYTES = 16 * 1024;
  private static final List<String> EVENTS = Answers.chatEvents(20, 12, 20);

  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final LongAdder faults = new LongAdder();

  private SoakUpstream(ServerSocket listener) {
    this.listener = listener;
  }

  static SoakUpstream start() throws IOException {
    SoakUpstream upstream =
        new SoakUpstream(new ServerSocket(0, 4096, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("soak-upstream").start(upstream::accept);
    return upstream;
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** How many calls were not answered well. */
  long faults() {
    return faults.sum();
  }

  /** How many connections are open. */
  int connections() {
    return open.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        Thread.ofVirtual().name("soak-upstream-connection").start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    SplittableRandom random = new SplittableRandom();
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      boolean goesOn = true;
      while (goesOn) {
        goesOn = answer(socket, readBody(in), random);
      }
    } catch (IOException gone) {
      // The gateway has let go of it, or nobody calls any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  /** The body of the next request. */
  private static String readBody(InputStream in) throws IOException {
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int read = in.read(); read != '\n'; read = in.read()) {
      if (read < 0 || line.length() > MAX_LINE_BYTES) {
        throw new EOFException();
      }
      line.append((char) read);
    }
    return line.toString().strip();
  }

  /** Whether the connection goes on. */
  private boolean answer(Socket socket, String body, SplittableRandom random)
      throws IOException, InterruptedException {
    String whole =
        body.contains("\"stream\":true")
            ? Answers.stream(EVENTS)
            : Answers.json(200, Answers.chatCompletionBody(12, 20));
    SoakFault fault = SoakFault.of(body);
    if (fault.passes() && random.nextBoolean()) {
      fault = SoakFault.NONE;
    }
    if (fault != SoakFault.NONE) {
      faults.increment();
    }
    return switch (fault) {
      case NONE -> send(socket, whole);
      case SLOW -> slowly(socket, whole, random);
      case BUSY ->
          send(socket, Answers.json(429, "{\"error\":{\"code\":\"1302\",\"message\":\"-\"}}"));
      case UNAVAILABLE -> send(socket, Answers.json(503, "-", "Retry-After: 1"));
      case FAILS -> send(socket, Answers.json(500, "{\"error\":{\"message\":\"-\"}}"));
      case CLOSES -> false;
      case RESETS -> reset(socket);
      case NO_HTTP -> !send(socket, "this is not HTTP\r\n\r\n");
      case BREAKS_OFF -> !send(socket, whole.substring(0, whole.length() / 2));
    };
  }

  private static boolean send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    return true;
  }

  private static boolean reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
    return false;
  }

  private static boolean slowly(Socket socket, String text, SplittableRandom random)
      throws IOException, InterruptedException {
    int at = 0;
    while (at < text.length()) {
      int end = Math.min(text.length(), at + 1 + random.nextInt(400));
      send(socket, text.substring(at, end));
      Thread.sleep(random.nextInt(20));
      at = end;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
