package dev.tallygate.benchmarks.hitrate;

/** A script that goes through many keys once, beside the team's traffic. */
final class ScanSection implements Section {
  private static final int KEYS = 1_000;
  private static final int PLACES = 100;
  private static final int BEFORE = 50_000;
  private static final int SCANNED = 2_000;
  private static final int AFTER = 500;

  @Override
  public String title() {
    return "A scan";
  }

  @Override
  public String how() {
    return """
    %d places, traffic by Zipf's law (s = 1, %,d keys); after %,d of its calls %,d other keys call once each, so many of them for one
    call of the traffic. Only the traffic's calls are counted: the last 10,000 before the scan, those during it, %d after it.\
    """
        .formatted(PLACES, KEYS, BEFORE, SCANNED, AFTER);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table("scanned for one call", "", "before", "during", "the %d after".formatted(AFTER));
    for (int between : new int[] {1, 10, SCANNED}) {
      for (Policy policy : new Policy[] {Policy.LRU, Policy.KEY_CACHE}) {
        // The first call of the traffic in the scan comes after the first of the scanned.
        int during = SCANNED / between;
        table.row(
            between == SCANNED ? "all at once" : Integer.toString(between),
            policy.title(),
            rate(replay, policy, between, BEFORE - 10_000, BEFORE),
            between == SCANNED ? "" : rate(replay, policy, between, BEFORE, BEFORE + during),
            rate(replay, policy, between, BEFORE + during, BEFORE + during + AFTER));
      }
    }
    return table;
  }

  /** Of the traffic's calls, counted without the scan's. */
  private static String rate(Replay replay, Policy policy, int between, int from, int to) {
    return Rate.text(
        Rate.mean(seed -> {
          int[] traffic = Traces.zipf(KEYS, 1.0, BEFORE + SCANNED + AFTER, seed);
          int[] calls = Traces.scan(traffic, BEFORE, SCANNED, between, KEYS);
          return Rate.of(
              Rate.only(replay.hits(policy, PLACES, calls), at -> calls[at] < KEYS, calls.length),
              from,
              to);
        }));
  }
}
