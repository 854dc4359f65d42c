package dev.tallygate.metrics;

import dev.tallygate.model.Times;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;

/** Shorthand for metric families, as the Prometheus client models them. */
final class Family {
  private static final String PREFIX = "tallygate_";

  private Family() {}

  /** A counter; {@code _total} is added to its name when it is written. */
  static CounterSnapshot.Builder counter(String name, String help) {
    return CounterSnapshot.builder().name(PREFIX + name).help(help);
  }

  static CounterSnapshot counter(String name, String help, long value) {
    return counter(name, help).dataPoint(count(value, Labels.EMPTY)).build();
  }

  static GaugeSnapshot.Builder gauge(String name, String help) {
    return GaugeSnapshot.builder().name(PREFIX + name).help(help);
  }

  static GaugeSnapshot gauge(String name, String help, double value) {
    return gauge(name, help).dataPoint(value(value, Labels.EMPTY)).build();
  }

  static GaugeSnapshot gauge(String name, String help, long value) {
    return gauge(name, help, (double) value);
  }

  /** A gauge that is 1 or 0. */
  static GaugeSnapshot gauge(String name, String help, boolean value) {
    return gauge(name, help, value ? 1L : 0L);
  }

  static HistogramSnapshot.Builder histogram(String name, String help) {
    return HistogramSnapshot.builder().name(PREFIX + name).help(help);
  }

  static CounterDataPointSnapshot count(long value, Labels labels) {
    return CounterDataPointSnapshot.builder().value((double) value).labels(labels).build();
  }

  static GaugeDataPointSnapshot value(long value, Labels labels) {
    return value((double) value, labels);
  }

  static GaugeDataPointSnapshot value(double value, Labels labels) {
    return GaugeDataPointSnapshot.builder().value(value).labels(labels).build();
  }

  static HistogramDataPointSnapshot times(Times times, long[] counts, Labels labels) {
    double[] all = times.bounds();
    double[] bounds = Arrays.copyOf(all, all.length + 1);
    bounds[bounds.length - 1] = Double.POSITIVE_INFINITY;
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
        .sum(times.sum())
        .labels(labels)
        .build();
  }
}
