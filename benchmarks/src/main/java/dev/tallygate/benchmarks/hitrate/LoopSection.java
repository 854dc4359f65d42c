package dev.tallygate.benchmarks.hitrate;

/** The keys in turn, again and again: what exact LRU is worst at. */
final class LoopSection implements Section {
  private static final int PLACES = 100;
  private static final int WARM_UP = 50_000;
  private static final int CALLS = 150_000;

  @Override
  public String title() {
    return "Keys in turn";
  }

  @Override
  public String how() {
    return "%d places; so many keys call one after the other, and begin again. %,d calls after %,d."
        .formatted(PLACES, CALLS - WARM_UP, WARM_UP);
  }

  @Override
  public Table table(Replay replay) {
    Table table = new Table("keys", "exact LRU", "`KeyCache`", "points", "optimum");
    for (int keys : new int[] {100, 101, 110, 150, 200, 500}) {
      int[] calls = Traces.loop(keys, CALLS);
      double lru = Rate.of(replay.hits(Policy.LRU, PLACES, calls), WARM_UP, CALLS);
      double ours = Rate.of(replay.hits(Policy.KEY_CACHE, PLACES, calls), WARM_UP, CALLS);
      table.row(
          Integer.toString(keys),
          Rate.text(lru),
          Rate.text(ours),
          Rate.points(ours, lru),
          Rate.text(Rate.of(Optimum.hits(calls, PLACES), WARM_UP, CALLS)));
    }
    return table;
  }
}
