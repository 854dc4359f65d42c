package dev.tallygate.benchmarks.hitrate;

/** Keys that come, call a few times and never again: what exact LRU is best at. */
final class PassingSection implements Section {
  private static final int PLACES = 100;
  private static final int WARM_UP = 50_000;
  private static final int CALLS = 150_000;

  @Override
  public String title() {
    return "Keys that come and go";
  }

  @Override
  public String how() {
    return """
    %d places. So many keys call at any time, and which of them calls next is drawn; after its last call a key is replaced by one never
    seen. %,d calls after %,d.\
    """
        .formatted(PLACES, CALLS - WARM_UP, WARM_UP);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table("at once", "calls of each", "exact LRU", "`KeyCache`", "points", "optimum");
    for (int atOnce : new int[] {10, 30, 60, 80, 120}) {
      for (int each : new int[] {3, 10, 30, 100}) {
        double lru = rate(replay, Policy.LRU, atOnce, each);
        double ours = rate(replay, Policy.KEY_CACHE, atOnce, each);
        table.row(
            Integer.toString(atOnce),
            Integer.toString(each),
            Rate.text(lru),
            Rate.text(ours),
            Rate.points(ours, lru),
            Rate.text(
                Rate.mean(seed ->
                    Rate.of(
                        Optimum.hits(Traces.passing(atOnce, each, CALLS, seed), PLACES),
                        WARM_UP,
                        CALLS))));
      }
    }
    return table;
  }

  private static double rate(Replay replay, Policy policy, int atOnce, int each) {
    return Rate.mean(seed ->
        Rate.of(
            replay.hits(policy, PLACES, Traces.passing(atOnce, each, CALLS, seed)),
            WARM_UP,
            CALLS));
  }
}
