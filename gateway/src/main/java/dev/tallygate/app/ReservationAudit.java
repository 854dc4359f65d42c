package dev.tallygate.app;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what the quota holds reserved with what the running calls say they have reserved. Both
 * change all the time and are read one after the other, so they may differ for a moment; a
 * difference that stays is a reservation that nobody will end, and a bug.
 *
 * <p>A daemon thread looks every ten seconds.
 */
final class ReservationAudit implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReservationAudit.class);

  private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();
  // Two seconds in all: on a starved machine a loop may rest between the two for long.
  private static final long BETWEEN_LOOKS_NANOS = Duration.ofMillis(10).toNanos();
  private static final int LOOKS = 200;

  private final LongSupplier reserved;
  private final LongSupplier ofRunningCalls;
  private final Thread thread;
  private volatile boolean closed;
  private volatile long difference;

  /** Starts to look; both are in tokens. */
  ReservationAudit(LongSupplier reserved, LongSupplier ofRunningCalls) {
    this.reserved = reserved;
    this.ofRunningCalls = ofRunningCalls;
    this.thread = Thread.ofPlatform().daemon().name("reservation-audit").start(this::run);
  }

  /** Tokens that are reserved for no running call, as of the last look; 0 when all is well. */
  long difference() {
    return difference;
  }

  /** Looks until the two agree, and so many times at most. */
  void look() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < LOOKS && least != 0 && !closed; i++) {
      long now = reserved.getAsLong() - ofRunningCalls.getAsLong();
      if (least == Long.MAX_VALUE || Math.abs(now) < Math.abs(least)) {
        least = now;
      }
      if (now != 0) {
        LockSupport.parkNanos(this, BETWEEN_LOOKS_NANOS);
      }
    }
    if (closed) {
      return;
    }
    if (least != 0 && least != difference) {
      LOG.error("{} tokens are reserved for no running call: a bug of the gateway", least);
    }
    difference = least;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(this, INTERVAL_NANOS);
      look();
    }
  }
}
