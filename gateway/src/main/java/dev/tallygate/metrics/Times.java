package dev.tallygate.metrics;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram of durations. Its buckets suit answers of language models: from a refusal's
 * milliseconds to the ten minutes of a long answer in one piece. Thread-safe.
 */
final class Times {
  /** Upper bounds in seconds; what is longer falls into one more bucket. */
  static final double[] CALLS = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600
  };

  /** Upper bounds in seconds for what should take no time. */
  static final double[] LAGS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};

  private final double[] bounds;
  private final long[] boundNanos;
  private final LongAdder[] counts;
  private final LongAdder sumNanos = new LongAdder();

  /**
   * @param bounds in seconds, ascending
   */
  Times(double[] bounds) {
    this.bounds = bounds;
    this.boundNanos = new long[bounds.length];
    this.counts = new LongAdder[bounds.length + 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
    for (int i = 0; i < bounds.length; i++) {
      boundNanos[i] = Math.round(bounds[i] * TimeUnit.SECONDS.toNanos(1));
    }
  }

  /** Counts one; a negative duration, of a clock that is wrong, as none. */
  void add(long nanos) {
    int bucket = 0;
    while (bucket < boundNanos.length && nanos > boundNanos[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sumNanos.add(Math.max(0, nanos));
  }

  /** The upper bounds, in seconds, without the last one, which is infinite. */
  double[] bounds() {
    return bounds;
  }

  /** How many fell into each bucket, the last one included. */
  long[] counts() {
    long[] now = new long[counts.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts[i].sum();
    }
    return now;
  }

  /** All durations together, in seconds. */
  double sum() {
    return sumNanos.sum() / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
