package dev.tallygate.model;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram of durations.
 *
 * <p>One thread adds, any may read, a moment late: an addition is an ordinary store, and its memory
 * stays with one processor.
 */
public final class Times {
  private final double[] bounds;
  private final long[] boundNanos;
  private final AtomicLongArray counts;
  private final AtomicLong sumNanos = new AtomicLong();

  /**
   * Nothing was counted yet.
   *
   * @param bounds the buckets' upper bounds in seconds, ascending; what is longer falls into one
   *     more
   */
  public Times(double... bounds) {
    this.bounds = bounds.clone();
    this.boundNanos = new long[bounds.length];
    this.counts = new AtomicLongArray(bounds.length + 1);
    for (int i = 0; i < bounds.length; i++) {
      boundNanos[i] = Math.round(bounds[i] * TimeUnit.SECONDS.toNanos(1));
    }
  }

  /** Counts one; a negative duration, of a clock that is wrong, as none. */
  public void add(long nanos) {
    int bucket = 0;
    while (bucket < boundNanos.length && nanos > boundNanos[bucket]) {
      bucket++;
    }
    counts.setRelease(bucket, counts.getPlain(bucket) + 1);
    sumNanos.setRelease(sumNanos.getPlain() + Math.max(0, nanos));
  }

  /** Adds what another one with the same buckets has counted. */
  public void addAll(Times other) {
    for (int i = 0; i < counts.length(); i++) {
      counts.setRelease(i, counts.getPlain(i) + other.counts.getAcquire(i));
    }
    sumNanos.setRelease(sumNanos.getPlain() + other.sumNanos.getAcquire());
  }

  /** The upper bounds, in seconds, without the last one, which is infinite. */
  public double[] bounds() {
    return bounds.clone();
  }

  /** How many fell into each bucket, the last one included. */
  public long[] counts() {
    long[] now = new long[counts.length()];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts.getAcquire(i);
    }
    return now;
  }

  /** All durations together, in seconds. */
  public double sum() {
    return sumNanos.getAcquire() / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
