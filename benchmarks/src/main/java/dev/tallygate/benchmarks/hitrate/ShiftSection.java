package dev.tallygate.benchmarks.hitrate;

import java.util.BitSet;
import java.util.stream.IntStream;

/** Yesterday's busiest keys become the least asked for, and the other way round. */
final class ShiftSection implements Section {
  /** Calls that a point of the course is the mean of. */
  static final int STEP = 250;

  static final int SHIFT = 100_000;
  private static final int AFTER = 60_000;
  private static final int SEEDS = 20;

  /** So many keys and so few places. */
  private record Room(int keys, int places) {}

  @Override
  public String title() {
    return "A shift";
  }

  @Override
  public String how() {
    return """
    Zipf's law; after %,d calls the key that was asked for most becomes the least, and so on. The mean of %d traces. Calls until it has
    recovered: to the middle of the first %d whose rate is within 1 point of that of the last 20,000 before.\
    """
        .formatted(SHIFT, SEEDS, STEP);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table(
            "s",
            "keys",
            "places",
            "",
            "before",
            "the first 250",
            "250–500",
            "500–1,000",
            "1,000–2,000",
            "calls until recovered");
    for (Room room : new Room[] {new Room(1_000, 100), new Room(10_000, 1_000)}) {
      for (double skew : new double[] {0.8, 1.0, 1.2}) {
        for (Policy policy : new Policy[] {Policy.LRU, Policy.KEY_CACHE}) {
          double[] course = course(replay, policy, room.keys(), room.places(), skew);
          double lately = mean(course, SHIFT - 20_000, SHIFT);
          table.row(
              Double.toString(skew),
              "%,d".formatted(room.keys()),
              "%,d".formatted(room.places()),
              policy.title(),
              Rate.text(lately),
              Rate.text(mean(course, SHIFT, SHIFT + 250)),
              Rate.text(mean(course, SHIFT + 250, SHIFT + 500)),
              Rate.text(mean(course, SHIFT + 500, SHIFT + 1_000)),
              Rate.text(mean(course, SHIFT + 1_000, SHIFT + 2_000)),
              recovered(course, lately));
        }
      }
    }
    return table;
  }

  private static String recovered(double[] course, double before) {
    return IntStream.range(SHIFT / STEP, course.length)
        .filter(step -> course[step] >= before - 1)
        .mapToObj(step -> "%,d".formatted(step * STEP - SHIFT + STEP / 2))
        .findFirst()
        .orElse("more than %,d".formatted(AFTER));
  }

  /** The hit rate of each step, the mean of the traces. */
  static double[] course(Replay replay, Policy policy, int keys, int places, double skew) {
    double[] course = new double[(SHIFT + AFTER) / STEP];
    for (long seed = 1; seed <= SEEDS; seed++) {
      BitSet hits =
          replay.hits(policy, places, Traces.shift(keys, skew, SHIFT + AFTER, SHIFT, seed));
      for (int step = 0; step < course.length; step++) {
        course[step] += Rate.of(hits, step * STEP, (step + 1) * STEP) / SEEDS;
      }
    }
    return course;
  }

  private static double mean(double[] course, int from, int to) {
    return IntStream.range(from / STEP, to / STEP).mapToDouble(s -> course[s]).average().orElse(0);
  }
}
