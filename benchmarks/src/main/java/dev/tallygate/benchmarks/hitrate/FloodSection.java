package dev.tallygate.benchmarks.hitrate;

/** Somebody tries keys that do not exist, each once, beside a team that works. */
final class FloodSection implements Section {
  private static final int KEYS = 100;
  private static final int WARM_UP = 5_000;
  private static final int CALLS = 15_000;

  @Override
  public String title() {
    return "A flood of unknown keys";
  }

  @Override
  public String how() {
    return """
    %d valid keys, drawn by Zipf's law (s = 1); before each of their calls so many with keys that do not exist, each another. Only the
    calls with valid keys are counted: %,d after %,d.\
    """
        .formatted(KEYS, CALLS - WARM_UP, WARM_UP);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table(
            "unknown for one valid",
            "places",
            Policy.LRU.title(),
            Policy.LRU_APART.title(),
            Policy.CAFFEINE.title(),
            Policy.KEY_CACHE.title());
    for (int places : new int[] {50, 100, 1_000}) {
      for (int unknown : new int[] {1, 10, 100}) {
        table.row(
            Integer.toString(unknown),
            "%,d".formatted(places),
            rate(replay, Policy.LRU, places, unknown),
            rate(replay, Policy.LRU_APART, places, unknown),
            rate(replay, Policy.CAFFEINE, places, unknown),
            rate(replay, Policy.KEY_CACHE, places, unknown));
      }
    }
    return table;
  }

  private static String rate(Replay replay, Policy policy, int places, int unknown) {
    return Rate.text(
        Rate.mean(seed -> {
          int[] calls = Traces.flood(Traces.zipf(KEYS, 1.0, CALLS, seed), unknown);
          return Rate.of(
              Rate.only(replay.hits(policy, places, calls), at -> calls[at] >= 0, calls.length),
              WARM_UP,
              CALLS);
        }));
  }
}
