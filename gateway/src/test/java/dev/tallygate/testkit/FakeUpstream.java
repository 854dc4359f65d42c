package dev.tallygate.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * An upstream on loopback that does to each request what a test says, byte by byte, and keeps what
 * it received.
 *
 * <p>Requests are answered in the order of their arrival: first by the scripts of {@link #then},
 * each once, then by that of {@link #always}. {@link #onConnection} takes whole connections
 * instead, before anything is read. Each connection has a virtual thread, on which its scripts run;
 * what a script throws is kept and thrown by {@link #close()}, except for I/O errors, which are the
 * other side's right.
 */
public final class FakeUpstream implements AutoCloseable {
  /** What is done with a connection, or with one request on it. */
  @FunctionalInterface
  public interface Script {
    /** Runs on the connection's thread. After a whole connection's script it is closed. */
    void play(UpstreamConnection connection) throws IOException, InterruptedException;
  }

  private final ServerSocket listener;
  private final ConcurrentLinkedQueue<Script> next = new ConcurrentLinkedQueue<>();
  private final List<ReceivedRequest> requests = new ArrayList<>();
  private final Set<UpstreamConnection> open = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final CountDownLatch released = new CountDownLatch(1);
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile Script always = connection -> connection.send(Answers.json(200, "{}"));
  private volatile @Nullable Script onConnection;

  private FakeUpstream(ServerSocket listener) {
    this.listener = listener;
  }

  /** Starts one on a free port that answers {@code {}} to everything. */
  public static FakeUpstream start() throws IOException {
    return startOn(0);
  }

  /** Starts one on a port that was free a moment ago. */
  public static FakeUpstream startOn(int port) throws IOException {
    FakeUpstream upstream =
        new FakeUpstream(new ServerSocket(port, 4096, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("fake-upstream-" + upstream.port()).start(upstream::accept);
    return upstream;
  }

  /** Adds the script of one request; scripts are used in the order in which they were added. */
  public FakeUpstream then(Script script) {
    next.add(script);
    return this;
  }

  /** Adds the canned answer of one request. */
  public FakeUpstream then(String answer) {
    return then(connection -> connection.send(answer));
  }

  /** The script of every request for which no other is left. */
  public FakeUpstream always(Script script) {
    always = script;
    return this;
  }

  /** The canned answer of every request for which no script is left. */
  public FakeUpstream always(String answer) {
    return always(connection -> connection.send(answer));
  }

  /** A script for whole connections; nothing is read unless it reads. Null: back to requests. */
  public FakeUpstream onConnection(@Nullable Script script) {
    onConnection = script;
    return this;
  }

  /** The port it listens on. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Its address with a path below it, such as {@code /api/paas/v4}. */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** All requests whose head and announced body were read, in that order. */
  public List<ReceivedRequest> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  /** The only request; fails when there were none or more. */
  public ReceivedRequest onlyRequest() {
    List<ReceivedRequest> all = requests();
    if (all.size() != 1) {
      throw new AssertionError("requests received: " + all.size() + " (expected: 1)");
    }
    return all.getFirst();
  }

  /** Waits until so many requests were received. */
  public void awaitRequests(int count) {
    Awaitility.await()
        .atMost(Wire.PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> requests().size() >= count);
  }

  /** Connections accepted since the start. */
  public int acceptedConnections() {
    return accepted.get();
  }

  /** Connections that neither side has been seen to close. */
  public int openConnections() {
    return open.size();
  }

  /** Waits until so many connections are open. */
  public void awaitOpenConnections(int count) {
    Awaitility.await()
        .atMost(Wire.PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> openConnections() == count);
  }

  /** Lets every {@link UpstreamConnection#stall()} go on, now and later. */
  public void release() {
    released.countDown();
  }

  /** Stops listening and drops all connections; throws what a script threw. */
  @Override
  public void close() throws IOException {
    released.countDown();
    listener.close();
    for (UpstreamConnection connection : open) {
      connection.close();
    }
    joinScripts();
    Throwable failure = failures.poll();
    if (failure != null) {
      throw new AssertionError("a script failed", failure);
    }
  }

  private void joinScripts() {
    try {
      for (Thread thread : threads) {
        if (!thread.join(Wire.PATIENCE)) {
          throw new AssertionError("a script is still running: " + thread.getName());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean awaitRelease(Duration atMost) throws InterruptedException {
    return released.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  void received(ReceivedRequest request) {
    synchronized (requests) {
      requests.add(request);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        int number = accepted.incrementAndGet();
        UpstreamConnection connection = new UpstreamConnection(this, socket, number);
        open.add(connection);
        threads.add(
            Thread.ofVirtual()
                .name("fake-upstream-connection-" + number)
                .start(() -> serve(connection)));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(UpstreamConnection connection) {
    try (connection) {
      play(connection);
    } catch (IOException e) {
      // closing failed: nothing is left to be done with it
    } finally {
      open.remove(connection);
    }
  }

  // A failure is on record before the connection closes, which is what the test may wait for.
  private void play(UpstreamConnection connection) {
    try {
      Script whole = onConnection;
      if (whole != null) {
        whole.play(connection);
        return;
      }
      while (!connection.isClosed() && connection.readNextRequest()) {
        Script script = next.poll();
        (script == null ? always : script).play(connection);
      }
    } catch (IOException e) {
      // the other side left, or was left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }
}
