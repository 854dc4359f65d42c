package dev.tallygate.server;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The open client connections and running exchanges of all event loops. Thread-safe. */
final class Connections {
  private final int limit;
  private final Set<ClientConnection> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger exchanges = new AtomicInteger();
  private final CountDownLatch allClosed = new CountDownLatch(1);
  private volatile boolean draining;

  Connections(int limit) {
    this.limit = limit;
  }

  /** Registers a connection, or returns false when there are too many or the server is closing. */
  boolean opened(ClientConnection connection) {
    if (draining || open.size() >= limit) {
      return false;
    }
    open.add(connection);
    if (draining) {
      // Drained between the look and the addition, and perhaps without this one.
      closed(connection);
      return false;
    }
    return true;
  }

  void closed(ClientConnection connection) {
    open.remove(connection);
    if (draining && open.isEmpty()) {
      allClosed.countDown();
    }
  }

  void exchangeBegun() {
    exchanges.incrementAndGet();
  }

  void exchangeEnded() {
    exchanges.decrementAndGet();
  }

  int open() {
    return open.size();
  }

  int exchanges() {
    return exchanges.get();
  }

  boolean draining() {
    return draining;
  }

  /** From now on each answer is its connection's last, and idle connections close. */
  void drain() {
    draining = true;
    open.forEach(ClientConnection::drain);
    if (open.isEmpty()) {
      allClosed.countDown();
    }
  }

  /** Waits for the last connection to close; false when some are still open after {@code limit}. */
  boolean awaitAllClosed(Duration atMost) throws InterruptedException {
    return allClosed.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Closes what is still open. */
  void cut() {
    open.forEach(ClientConnection::close);
  }
}
