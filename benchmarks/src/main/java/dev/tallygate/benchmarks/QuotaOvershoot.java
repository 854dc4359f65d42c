package dev.tallygate.benchmarks;

import dev.tallygate.benchmarks.QuotaSimulation.Policy;
import dev.tallygate.benchmarks.QuotaSimulation.Result;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * How far clients in parallel carry a key's usage past its limit, when the lengths of answers have
 * a heavy tail. The same seeded runs without reservation (a call is admitted while the limit is not
 * reached, and charged at its end), with adaptive and with strict reservation.
 *
 * <pre>
 * ./build -q compile
 * bin/with-jdk25 java -cp gateway/target/classes:benchmarks/target/classes \
 *     dev.tallygate.benchmarks.QuotaOvershoot [runs, 100 unless given]
 * </pre>
 */
public final class QuotaOvershoot {
  private record Lengths(String name, ToDoubleFunction<Random> draw) {}

  private static final List<Lengths> LENGTHS =
      List.of(
          // Median 300, mean 616, one in a hundred above 4,900.
          new Lengths("lognormal", random -> 300 * Math.exp(1.2 * random.nextGaussian())),
          // Median 257, mean 650 before the maximum cuts it, one in a hundred above 5,180.
          new Lengths("Pareto", random -> 150 / Math.pow(1 - random.nextDouble(), 1 / 1.3)));

  private QuotaOvershoot() {}

  /** Simulates and prints. */
  public static void main(String[] args) {
    int runs = args.length == 0 ? 100 : Integer.parseInt(args[0]);
    System.out.println(
        "most that a window's sum exceeds the limit, in each of "
            + runs
            + " runs of 10 hours: median / p95 / largest");
    System.out.printf(
        "%-10s %9s %7s  %-14s %26s %26s %10s%n",
        "lengths", "limit", "clients", "reservation", "calls", "% of the limit", "used");
    for (Lengths lengths : LENGTHS) {
      for (long limit : new long[] {100_000, 1_000_000}) {
        for (int clients : new int[] {8, 64}) {
          for (Policy policy : Policy.values()) {
            print(lengths, limit, clients, policy, runs);
          }
        }
      }
    }
  }

  private static void print(Lengths lengths, long limit, int clients, Policy policy, int runs) {
    double[] calls = new double[runs];
    double[] percent = new double[runs];
    double served = 0;
    for (int run = 0; run < runs; run++) {
      QuotaSimulation simulation =
          new QuotaSimulation(policy, limit, clients, lengths.draw(), new Random(run));
      Result result = simulation.run();
      calls[run] = result.overshoot() / result.meanCall();
      percent[run] = 100.0 * result.overshoot() / limit;
      served += result.tokens();
    }
    System.out.printf(
        Locale.ROOT,
        "%-10s %,9d %7d  %-14s %26s %26s %9.1f%%%n",
        lengths.name(),
        limit,
        clients,
        policy.name().toLowerCase(Locale.ROOT),
        spread(calls),
        spread(percent),
        100 * served / runs / (2.0 * limit));
  }

  private static String spread(double[] values) {
    Arrays.sort(values);
    return String.format(
        Locale.ROOT,
        "%.2f / %.2f / %.2f",
        values[values.length / 2],
        values[(int) Math.ceil(values.length * 0.95) - 1],
        values[values.length - 1]);
  }
}
