package dev.tallygate.proxy;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A number that one event loop changes and anybody may read, a moment late: an ordinary store where
 * an atomic increment would cost each call a locked instruction.
 */
final class LoopGauge {
  private final AtomicInteger value = new AtomicInteger();

  /** On the loop. */
  void add(int difference) {
    set(value.getPlain() + difference);
  }

  /** On the loop. */
  void set(int now) {
    value.setRelease(now);
  }

  int get() {
    return value.getAcquire();
  }
}
