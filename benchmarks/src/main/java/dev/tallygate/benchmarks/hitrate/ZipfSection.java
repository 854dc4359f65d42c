package dev.tallygate.benchmarks.hitrate;

import java.util.List;

/** Everyday traffic: some keys call often, many seldom. */
final class ZipfSection implements Section {
  private static final int WARM_UP = 100_000;
  private static final int CALLS = 300_000;

  /** So many keys and so few places. */
  private record Room(int keys, int places) {}

  private static final List<Room> ROOMS =
      List.of(
          new Room(1_000, 50), new Room(1_000, 100), new Room(1_000, 200), new Room(10_000, 1_000));

  @Override
  public String title() {
    return "Zipf's law";
  }

  @Override
  public String how() {
    return "%,d calls after %,d, each drawn for itself; the key of rank r in proportion to 1 / r^s."
        .formatted(CALLS - WARM_UP, WARM_UP);
  }

  @Override
  public Table table(Replay replay) {
    Table table = new Table("s", "keys", "places", "exact LRU", "`KeyCache`", "points", "optimum");
    for (Room room : ROOMS) {
      for (double skew : new double[] {0.6, 0.8, 1.0, 1.2}) {
        double lru = rate(replay, Policy.LRU, room, skew);
        double ours = rate(replay, Policy.KEY_CACHE, room, skew);
        table.row(
            Double.toString(skew),
            "%,d".formatted(room.keys()),
            "%,d".formatted(room.places()),
            Rate.text(lru),
            Rate.text(ours),
            Rate.points(ours, lru),
            Rate.text(
                Rate.mean(seed ->
                    Rate.of(
                        Optimum.hits(Traces.zipf(room.keys(), skew, CALLS, seed), room.places()),
                        WARM_UP,
                        CALLS))));
      }
    }
    return table;
  }

  private static double rate(Replay replay, Policy policy, Room room, double skew) {
    return Rate.mean(seed ->
        Rate.of(
            replay.hits(policy, room.places(), Traces.zipf(room.keys(), skew, CALLS, seed)),
            WARM_UP,
            CALLS));
  }
}
