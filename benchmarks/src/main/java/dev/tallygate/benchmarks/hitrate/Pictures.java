package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.hitrate.LineChart.Line;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** The chart: where the key cache is better than exact LRU, and where it is worse. */
final class Pictures {
  private static final int KEYS = 1_000;
  private static final double SKEW = 0.8;
  private static final int WARM_UP = 50_000;
  private static final int CALLS = 150_000;
  private static final int STEPS_BEFORE = 4;
  private static final int STEPS_AFTER = 32;

  private Pictures() {}

  static String svg(Replay replay) {
    LineChart chart = new LineChart();
    places(chart, replay);
    shift(chart, replay);
    return chart.svg();
  }

  private static void places(LineChart chart, Replay replay) {
    int[] places = IntStream.rangeClosed(1, 20).map(i -> i * KEYS / 20).toArray();
    int[] trace = Traces.zipf(KEYS, SKEW, CALLS, 1);
    chart.panel(
        "More places: 1,000 keys by Zipf's law, s = 0.8, one trace",
        "places, in percent of the keys",
        Arrays.stream(places)
            .mapToObj(p -> p % 100 == 0 ? Integer.toString(p * 100 / KEYS) : "")
            .toList(),
        List.of(
            new Line("optimum", "best", each(places, p -> rate(Optimum.hits(trace, p)))),
            new Line(
                "KeyCache",
                "ours",
                each(places, p -> rate(replay.hits(Policy.KEY_CACHE, p, trace)))),
            new Line(
                "exact LRU", "lru", each(places, p -> rate(replay.hits(Policy.LRU, p, trace))))));
  }

  private static void shift(LineChart chart, Replay replay) {
    chart.panel(
        "A shift: the most asked for become the least; s = 1, 100 places for 1,000 keys",
        "calls since the shift",
        IntStream.range(-STEPS_BEFORE, STEPS_AFTER)
            .map(step -> step * ShiftSection.STEP)
            .mapToObj(call -> call % 1_000 == 0 ? "%,d".formatted(call).replace('-', '−') : "")
            .toList(),
        List.of(
            new Line("KeyCache", "ours", course(replay, Policy.KEY_CACHE)),
            new Line("exact LRU", "lru", course(replay, Policy.LRU))));
  }

  private static List<Double> course(Replay replay, Policy policy) {
    int shift = ShiftSection.SHIFT / ShiftSection.STEP;
    double[] course = ShiftSection.course(replay, policy, KEYS, KEYS / 10, 1.0);
    return Arrays.stream(course, shift - STEPS_BEFORE, shift + STEPS_AFTER).boxed().toList();
  }

  private static List<Double> each(int[] places, IntToDoubleFunction rate) {
    return Arrays.stream(places).mapToDouble(rate).boxed().toList();
  }

  private static double rate(BitSet hits) {
    return Rate.of(hits, WARM_UP, CALLS);
  }
}
