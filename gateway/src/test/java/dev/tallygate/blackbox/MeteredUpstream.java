package dev.tallygate.blackbox;

import dev.tallygate.model.TokenUsage;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An upstream that answers {@link MeteredCall}s and counts what it serves: a call counts, with all
 * its usage, before the first byte of its answer leaves. Answers go out in several writes, cut
 * anywhere, with pauses of a few milliseconds between them.
 */
final class MeteredUpstream implements AutoCloseable {
  private static final int MAX_CUTS = 4;
  private static final long MAX_PAUSE_NANOS = 3_000_000;
  private static final int MAX_LINE_BYTES = 8_192;
  private static final long HELD_AT_MOST_SECONDS = 60;

  private final ServerSocket listener;
  private final boolean inPieces;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Long> begun = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final LongAdder calls = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private volatile CountDownLatch endings = new CountDownLatch(0);

  private MeteredUpstream(ServerSocket listener, boolean inPieces) {
    this.listener = listener;
    this.inPieces = inPieces;
  }

  /** Starts one whose answers arrive in pieces. */
  static MeteredUpstream inPieces() throws IOException {
    return start(true);
  }

  /** Starts one whose answers are single writes. */
  static MeteredUpstream atOnce() throws IOException {
    return start(false);
  }

  private static MeteredUpstream start(boolean inPieces) throws IOException {
    MeteredUpstream upstream =
        new MeteredUpstream(new ServerSocket(0, 4096, InetAddress.getLoopbackAddress()), inPieces);
    Thread.ofVirtual().name("metered-upstream").start(upstream::accept);
    return upstream;
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** Whether a call's answer was begun since {@link #forget}. */
  boolean hasBegun(MeteredCall call) {
    return begun.contains(call.number());
  }

  /** Forgets which calls were begun, not what they add up to. */
  void forget() {
    begun.clear();
  }

  /** Calls whose answers were begun. */
  long calls() {
    return calls.sum();
  }

  /** Their tokens. */
  long tokens() {
    return tokens.sum();
  }

  /** From now on the last bytes of every answer wait for {@link #releaseEndings}. */
  void holdEndings() {
    endings = new CountDownLatch(1);
  }

  void releaseEndings() {
    endings.countDown();
  }

  /** Stops it, and fails when the gateway sent what it should not have. */
  @Override
  public void close() throws IOException {
    releaseEndings();
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
    String failure = failures.poll();
    if (failure != null) {
      throw new AssertionError("seen by the upstream: " + failure);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        Thread.ofVirtual().name("metered-upstream-call").start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
      for (String body = readBody(in); body != null; body = readBody(in)) {
        answer(MeteredCall.askedFor(body), socket.getOutputStream());
      }
    } catch (IOException e) {
      // the gateway died, or let go of the call
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failures.add(e.toString());
    } finally {
      open.remove(socket);
    }
  }

  private void answer(MeteredCall call, OutputStream out) throws IOException, InterruptedException {
    byte[] answer = call.answer();
    SplittableRandom random = new SplittableRandom(call.number());
    int[] cuts = random.ints(random.nextInt(MAX_CUTS + 1), 1, answer.length).sorted().toArray();
    if (!begun.add(call.number())) {
      failures.add("call " + call + " came twice");
    }
    TokenUsage usage = call.usage();
    calls.increment();
    tokens.add(usage.input() + usage.output());
    int sent = 0;
    if (inPieces) {
      for (int cut : cuts) {
        out.write(answer, sent, cut - sent);
        sent = cut;
        LockSupport.parkNanos(random.nextLong(MAX_PAUSE_NANOS));
      }
    }
    CountDownLatch held = endings;
    if (held.getCount() > 0) {
      int last = Math.max(sent, answer.length - 4);
      out.write(answer, sent, last - sent);
      sent = last;
      if (!held.await(HELD_AT_MOST_SECONDS, TimeUnit.SECONDS)) {
        failures.add("an ending was held for too long");
      }
    }
    out.write(answer, sent, answer.length - sent);
  }

  /** The next request's body; null when the other side closed instead of sending one. */
  private static @Nullable String readBody(InputStream in) throws IOException {
    int length = 0;
    boolean any = false;
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      any = true;
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return any ? new String(in.readNBytes(length), StandardCharsets.US_ASCII) : null;
  }

  private static String readLine(InputStream in) throws IOException {
    byte[] line = new byte[128];
    int length = 0;
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        if (length > 0) {
          throw new EOFException("closed inside a head");
        }
        return "";
      }
      if (length == MAX_LINE_BYTES) {
        throw new IOException("a line of the head is too long");
      }
      if (length == line.length) {
        line = Arrays.copyOf(line, 2 * length);
      }
      line[length++] = (byte) b;
    }
    return new String(line, 0, length, StandardCharsets.ISO_8859_1).strip();
  }
}
