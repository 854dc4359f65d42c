package dev.tallygate.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * CPU per call with metrics on as a share of that with metrics off, from one process that switches
 * them on and off ten times a second.
 *
 * @param ratio the mean of the groups
 * @param error the standard error of that mean
 * @param groups of four slices each: on, off, off, on
 */
record MetricsCost(double ratio, double error, int groups) {
  /** What one process took in a slice of time. */
  private record Slice(boolean on, long calls, long cpuNanos) {
    double perCall() {
      return (double) cpuNanos / calls;
    }

    static Slice parse(String line) {
      String[] words = line.split(" ", -1);
      return new Slice(words[0].equals("on"), Long.parseLong(words[1]), Long.parseLong(words[2]));
    }
  }

  /**
   * Measures it.
   *
   * @param switched a {@code SwitchedGateway}, which is up
   */
  static MetricsCost measure(Plan plan, Wrk wrk, Gateway switched)
      throws IOException, InterruptedException {
    int warmUp = Math.max(1, plan.warmUpSeconds() / 2);
    System.err.printf("Cost of metrics: warming up for %d s%n", warmUp);
    wrk.run(switched, Scenario.PLAIN_64, warmUp);
    System.err.printf("Cost of metrics: %d s%n", plan.switchedSeconds());
    int before = lines(switched).size();
    wrk.run(switched, Scenario.PLAIN_64, plan.switchedSeconds());
    List<String> during = lines(switched);
    return of(during.subList(before, during.size()).stream().map(Slice::parse).toList());
  }

  /** Without the last line, which may be half written. */
  private static List<String> lines(Gateway switched) throws IOException {
    String text = Files.readString(switched.server().log());
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith("on ") || line.startsWith("off "))
        .toList();
  }

  private static MetricsCost of(List<Slice> slices) throws IOException {
    long busy =
        slices.stream().mapToLong(Slice::calls).max().orElse(0) / 3; // wrk starts and stops in some
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i + 4 <= slices.size(); ) {
      List<Slice> group = slices.subList(i, i + 4);
      if (!isWhole(group)) {
        i++;
        continue;
      }
      if (group.stream().allMatch(slice -> slice.calls() > busy)) {
        ratios.add(perCall(group, true) / perCall(group, false));
      }
      i += 4;
    }
    if (ratios.size() < 2) {
      throw new IOException("too few calls to tell what metrics cost");
    }
    double mean = values(ratios).average().orElseThrow();
    double squares = values(ratios).map(ratio -> (ratio - mean) * (ratio - mean)).sum();
    double deviation = Math.sqrt(squares / (ratios.size() - 1));
    return new MetricsCost(mean, deviation / Math.sqrt(ratios.size()), ratios.size());
  }

  /** On, off, off, on: what changes evenly in the meantime is in both halves alike. */
  private static boolean isWhole(List<Slice> group) {
    return group.get(0).on() && !group.get(1).on() && !group.get(2).on() && group.get(3).on();
  }

  private static double perCall(List<Slice> group, boolean on) {
    return group.stream()
        .filter(slice -> slice.on() == on)
        .mapToDouble(Slice::perCall)
        .average()
        .orElseThrow();
  }

  private static DoubleStream values(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue);
  }

  String text() {
    return String.format(
        Locale.ROOT, "%.3f ± %.3f (standard error of %d groups)", ratio, error, groups);
  }
}
