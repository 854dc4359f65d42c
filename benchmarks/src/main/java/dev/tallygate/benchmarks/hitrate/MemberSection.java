package dev.tallygate.benchmarks.hitrate;

import java.util.Arrays;
import java.util.BitSet;

/** A key that was never seen begins to call while the cache is full. */
final class MemberSection implements Section {
  private static final int PLACES = 100;
  private static final int WARM_UP = 20_000;
  private static final int SEEDS = 5;
  private static final int MEMBERS = 100;
  private static final int CALLS = 100;

  /** What the others do. */
  private record Traffic(String name, int keys, double skew) {}

  @Override
  public String title() {
    return "A new member";
  }

  @Override
  public String how() {
    return """
    %d places, all taken. After %,d calls of the others come %d times %d keys that were never seen, one after the other, each with %d calls
    and so many calls of the others before each. Look-ups: how many of the %d had to ask the store, the first included; 1 is the least.\
    """
        .formatted(PLACES, WARM_UP, SEEDS, MEMBERS, CALLS, CALLS);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table(
            "the others",
            "calls between",
            "exact LRU: look-ups, median",
            "mean",
            "99 %",
            "most",
            "`KeyCache`: look-ups, median",
            "mean",
            "99 %",
            "most");
    for (Traffic traffic :
        new Traffic[] {
          new Traffic("100 keys, s = 1", 100, 1),
          new Traffic("100 keys, all alike", 100, 0),
          new Traffic("1,000 keys, s = 1", 1_000, 1),
          new Traffic("1,000 keys, s = 0.6", 1_000, 0.6)
        }) {
      for (int between : new int[] {2, 10, 50, 200}) {
        int[] lru = lookUps(replay, Policy.LRU, traffic, between);
        int[] ours = lookUps(replay, Policy.KEY_CACHE, traffic, between);
        table.row(
            traffic.name(),
            Integer.toString(between),
            at(lru, 50),
            mean(lru),
            at(lru, 99),
            at(lru, 100),
            at(ours, 50),
            mean(ours),
            at(ours, 99),
            at(ours, 100));
      }
    }
    return table;
  }

  /** Of each member, in order of size. */
  private static int[] lookUps(Replay replay, Policy policy, Traffic traffic, int between) {
    int[] lookUps = new int[SEEDS * MEMBERS];
    for (int seed = 0; seed < SEEDS; seed++) {
      int calls = WARM_UP + MEMBERS * CALLS * between;
      int[] others = Traces.zipf(traffic.keys(), traffic.skew(), calls, seed);
      int[] all = Traces.members(others, WARM_UP, CALLS, between, traffic.keys());
      BitSet members =
          Rate.only(replay.hits(policy, PLACES, all), at -> all[at] >= traffic.keys(), all.length);
      for (int member = 0; member < MEMBERS; member++) {
        int hits = members.get(member * CALLS, (member + 1) * CALLS).cardinality();
        lookUps[seed * MEMBERS + member] = CALLS - hits;
      }
    }
    Arrays.sort(lookUps);
    return lookUps;
  }

  private static String mean(int[] lookUps) {
    return Rate.text(Arrays.stream(lookUps).average().orElseThrow());
  }

  private static String at(int[] sorted, int percent) {
    return Integer.toString(sorted[(sorted.length * percent + 99) / 100 - 1]);
  }
}
