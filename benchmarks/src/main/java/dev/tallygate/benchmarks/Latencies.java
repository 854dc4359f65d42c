package dev.tallygate.benchmarks;

/** Counts durations by the microsecond, up to two seconds. Confined to one thread. */
final class Latencies {
  private final long[] counts = new long[2_000_000];
  private long total;

  void add(long nanos) {
    counts[(int) Math.min(nanos / 1_000, counts.length - 1)]++;
    total++;
  }

  /** Takes over what another one has counted. */
  void add(Latencies other) {
    for (int micros = 0; micros < counts.length; micros++) {
      counts[micros] += other.counts[micros];
    }
    total += other.total;
  }

  long total() {
    return total;
  }

  /** The least number of microseconds that this share of the durations stays below. */
  long percentile(double share) {
    long wanted = (long) Math.ceil(total * share);
    long seen = 0;
    for (int micros = 0; micros < counts.length; micros++) {
      seen += counts[micros];
      if (seen >= wanted) {
        return micros + 1L;
      }
    }
    return counts.length;
  }
}
