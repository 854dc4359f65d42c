package dev.tallygate.benchmarks.harness;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** How long calls took. */
public final class Times {
  private final long[] sortedNanos;

  private Times(long[] sortedNanos) {
    this.sortedNanos = sortedNanos;
  }

  public static Times of(long... nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Times(sorted);
  }

  public static Times merge(List<Times> some) {
    return of(some.stream().flatMapToLong(times -> Arrays.stream(times.sortedNanos)).toArray());
  }

  public int count() {
    return sortedNanos.length;
  }

  public double meanMillis() {
    return LongStream.of(sortedNanos).average().orElse(Double.NaN) / 1e6;
  }

  public double millis(double share) {
    return nanos(share) / 1e6;
  }

  /** What this share of them does not exceed; 0 when there are none. */
  public long nanos(double share) {
    int index = (int) Math.ceil(share * sortedNanos.length) - 1;
    return sortedNanos.length == 0 ? 0 : sortedNanos[Math.max(0, index)];
  }

  /** Of whole calls, in ms. */
  public String text() {
    return String.format(
        "mean %.1f ms, p50 %.1f, p99 %.1f, longest %.1f",
        meanMillis(), millis(0.5), millis(0.99), millis(1));
  }
}
