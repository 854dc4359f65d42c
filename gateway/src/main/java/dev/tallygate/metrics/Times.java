package dev.tallygate.metrics;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram of durations. Its buckets suit answers of language models: from a refusal's
 * milliseconds to the ten minutes of a long answer in one piece.
 *
 * <p>One thread adds, any may read, a moment late: an addition is an ordinary store, and its memory
 * stays with one processor.
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
  private final AtomicLongArray counts;
  private final AtomicLong sumNanos = new AtomicLong();

  /**
   * @param bounds in seconds, ascending
   */
  Times(double[] bounds) {
    this.bounds = bounds;
    this.boundNanos = new long[bounds.length];
    this.counts = new AtomicLongArray(bounds.length + 1);
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
    counts.setRelease(bucket, counts.getPlain(bucket) + 1);
    sumNanos.setRelease(sumNanos.getPlain() + Math.max(0, nanos));
  }

  /** Adds what another one with the same buckets has counted. */
  void addAll(Times other) {
    for (int i = 0; i < counts.length(); i++) {
      counts.setRelease(i, counts.getPlain(i) + other.counts.getAcquire(i));
    }
    sumNanos.setRelease(sumNanos.getPlain() + other.sumNanos.getAcquire());
  }

  /** The upper bounds, in seconds, without the last one, which is infinite. */
  double[] bounds() {
    return bounds;
  }

  /** How many fell into each bucket, the last one included. */
  long[] counts() {
    long[] now = new long[counts.length()];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts.getAcquire(i);
    }
    return now;
  }

  /** All durations together, in seconds. */
  double sum() {
    return sumNanos.getAcquire() / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
