package dev.tallygate.server;

import dev.tallygate.proxy.ApiError;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The open client connections and running exchanges of all event loops. Thread-safe.
 *
 * <p>One limit holds for both: over HTTP/1.1 a connection has one exchange at most, and what an
 * exchange takes is the more expensive of the two.
 */
final class Connections {
  /** An open connection; both methods may be called from any thread. */
  interface Open {
    /** Closes as soon as no call is running. */
    void drain();

    /** Closes at once. */
    void close();
  }

  private final int limit;
  private final AddressCounts byAddress;
  private final Map<Open, ClientAddress> open = new ConcurrentHashMap<>();
  private final AtomicInteger exchanges = new AtomicInteger();
  private final CountDownLatch allClosed = new CountDownLatch(1);
  private final LongAdder refused = new LongAdder();
  private final LongAdder refusedOfAddress = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private volatile boolean draining;

  /**
   * @param perAddress those of one address; 0: no limit of its own
   */
  Connections(int limit, int perAddress) {
    this.limit = limit;
    this.byAddress = new AddressCounts(perAddress);
  }

  /**
   * Registers a connection, or returns why it is refused: there are too many, or the server is
   * closing.
   */
  @Nullable ApiError opened(Open connection, ClientAddress address) {
    if (draining) {
      return Refusals.TOO_MANY_CONNECTIONS;
    }
    if (open.size() >= limit) {
      refused.increment();
      return Refusals.TOO_MANY_CONNECTIONS;
    }
    if (!byAddress.tryTake(address)) {
      refusedOfAddress.increment();
      return Refusals.TOO_MANY_CONNECTIONS_OF_ADDRESS;
    }
    open.put(connection, address);
    if (draining) {
      // Drained between the look and the addition, and perhaps without this one.
      closed(connection);
      return Refusals.TOO_MANY_CONNECTIONS;
    }
    return null;
  }

  /** The connection is no more; again is harmless. */
  void closed(Open connection) {
    ClientAddress address = open.remove(connection);
    if (address != null) {
      byAddress.giveBack(address);
    }
    if (draining && open.isEmpty()) {
      allClosed.countDown();
    }
  }

  /** Counts an exchange until {@link #exchangeEnded}; false: it is one too many. */
  boolean exchangeBegun() {
    return exchanges.incrementAndGet() <= limit;
  }

  void exchangeEnded() {
    exchanges.decrementAndGet();
  }

  int open() {
    return open.size();
  }

  /** Connections that were refused because there were too many in all. */
  long refused() {
    return refused.sum();
  }

  /** Connections that were refused because there were too many of their address. */
  long refusedOfAddress() {
    return refusedOfAddress.sum();
  }

  /** Bytes came that became no exchange: malformed, or too slow. */
  void malformed() {
    malformed.increment();
  }

  long malformedRequests() {
    return malformed.sum();
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
    open.keySet().forEach(Open::drain);
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
    open.keySet().forEach(Open::close);
  }
}
