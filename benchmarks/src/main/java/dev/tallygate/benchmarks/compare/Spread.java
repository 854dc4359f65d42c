package dev.tallygate.benchmarks.compare;

import java.util.Optional;
import java.util.stream.DoubleStream;

/** What rounds gave. */
record Spread(double median, double min, double max) {
  /** Of the values that are numbers; nothing when there are none. */
  static Optional<Spread> of(DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return Optional.empty();
    }
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return Optional.of(new Spread(median, sorted[0], sorted[sorted.length - 1]));
  }
}
