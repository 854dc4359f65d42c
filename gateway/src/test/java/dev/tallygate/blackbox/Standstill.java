package dev.tallygate.blackbox;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The point at which somebody who sends is stopped by those who do not read. */
final class Standstill {
  private Standstill() {}

  /** Waits until a counter has stood for a moment, and returns where it does. */
  static long of(AtomicLong counter) {
    AtomicLong before = new AtomicLong(-1);
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(150))
        .until(() -> counter.get() > 0 && before.getAndSet(counter.get()) == counter.get());
    return counter.get();
  }
}
