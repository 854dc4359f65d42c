package dev.tallygate.benchmarks.hitrate;

import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;

/** Hits in percent of the calls. */
final class Rate {
  private static final int SEEDS = 10;

  private Rate() {}

  /** Of the calls from one to before another. */
  static double of(BitSet hits, int from, int to) {
    return 100.0 * hits.get(from, to).cardinality() / (to - from);
  }

  /**
   * The hits of some of the calls, numbered as if there were no others.
   *
   * @param counted which calls
   * @param calls how many there are in all
   */
  static BitSet only(BitSet hits, IntPredicate counted, int calls) {
    BitSet some = new BitSet();
    int to = 0;
    for (int at = 0; at < calls; at++) {
      if (counted.test(at)) {
        some.set(to++, hits.get(at));
      }
    }
    return some;
  }

  /** The mean over the traces of so many seeds. */
  static double mean(LongToDoubleFunction ofSeed) {
    return LongStream.rangeClosed(1, SEEDS).mapToDouble(ofSeed).average().orElseThrow();
  }

  static String text(double percent) {
    return "%.1f".formatted(percent);
  }

  /** The difference between two as they are shown, in points. */
  static String points(double percent, double than) {
    double difference = (Math.round(percent * 10) - Math.round(than * 10)) / 10.0;
    return difference == 0 ? "0.0" : "%+.1f".formatted(difference).replace('-', '−');
  }
}
