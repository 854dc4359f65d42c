package dev.tallygate.admin;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * How long calls took: four steps to each doubling, so that a quantile is told within a fifth.
 * Takes a kilobyte, whatever is added. Thread-safe.
 */
final class Durations {
  private static final int STEPS = 4;

  /** Microseconds of which all that is shorter counts as one. */
  private static final int SHORTEST_LOG2 = 6;

  private static final int DOUBLINGS = 26;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(STEPS * DOUBLINGS);

  void add(long nanos) {
    counts.incrementAndGet(step(Math.max(1, nanos / 1000)));
  }

  private static int step(long micros) {
    int log2 = 63 - Long.numberOfLeadingZeros(micros);
    if (log2 < SHORTEST_LOG2) {
      return 0;
    }
    int quarter = (int) (micros >> (log2 - 2)) & (STEPS - 1);
    return Math.min(STEPS * (log2 - SHORTEST_LOG2) + quarter, STEPS * DOUBLINGS - 1);
  }

  /** The upper end of a step, in milliseconds. */
  private static double millis(int step) {
    double micros = 1L << (step / STEPS + SHORTEST_LOG2);
    return micros * (1 + (step % STEPS + 1) / (double) STEPS) / 1000;
  }

  /** What this part of them did not take longer than, in milliseconds; null: there are none. */
  @Nullable Double quantile(double part) {
    long all = 0;
    for (int i = 0; i < counts.length(); i++) {
      all += counts.get(i);
    }
    long below = (long) Math.ceil(all * part);
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
      if (all > 0 && sum >= below) {
        return Math.round(millis(i) * 100) / 100.0;
      }
    }
    return null;
  }
}
