package dev.tallygate.benchmarks.hitrate;

import java.util.Arrays;
import java.util.BitSet;

/** A key that was never seen begins to call while the cache is full. */
final class MemberSection implements Section {
  private static final int PLACES = 100;
  private static final int WARM_UP = 20_000;
  private static final int ALONE = 200;
  private static final int SEEDS = 5;
  private static final int IN_TURN = 100;
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
    %d places, all taken. After %,d calls of the others comes a key that was never seen and calls %d times, with so many calls of the
    others before each. Alone: %d tries, each with a cache of its own. In turn: %d such keys one after the other, each when the one before
    has stopped, and that %d times. Look-ups: how many of a key's %d calls had to ask the store, the first included; 1 is the least.\
    """
        .formatted(PLACES, WARM_UP, CALLS, ALONE, IN_TURN, SEEDS, CALLS);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table(
            "the others",
            "calls between",
            "alone: exact LRU, median",
            "most",
            "`KeyCache`, median",
            "most",
            "in turn: exact LRU, mean",
            "most",
            "`KeyCache`, mean",
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
        int[] lruAlone = lookUps(replay, Policy.LRU, traffic, between, ALONE, 1);
        int[] alone = lookUps(replay, Policy.KEY_CACHE, traffic, between, ALONE, 1);
        int[] lruInTurn = lookUps(replay, Policy.LRU, traffic, between, SEEDS, IN_TURN);
        int[] inTurn = lookUps(replay, Policy.KEY_CACHE, traffic, between, SEEDS, IN_TURN);
        table.row(
            traffic.name(),
            Integer.toString(between),
            at(lruAlone, 50),
            at(lruAlone, 100),
            at(alone, 50),
            at(alone, 100),
            mean(lruInTurn),
            at(lruInTurn, 100),
            mean(inTurn),
            at(inTurn, 99),
            at(inTurn, 100));
      }
    }
    return table;
  }

  /** Of each member, in order of size. */
  private static int[] lookUps(
      Replay replay, Policy policy, Traffic traffic, int between, int seeds, int inTurn) {
    int[] lookUps = new int[seeds * inTurn];
    for (int seed = 0; seed < seeds; seed++) {
      int calls = WARM_UP + inTurn * CALLS * between;
      int[] others = Traces.zipf(traffic.keys(), traffic.skew(), calls, seed);
      int[] all = Traces.members(others, WARM_UP, CALLS, between, traffic.keys());
      BitSet members =
          Rate.only(replay.hits(policy, PLACES, all), at -> all[at] >= traffic.keys(), all.length);
      for (int member = 0; member < inTurn; member++) {
        int hits = members.get(member * CALLS, (member + 1) * CALLS).cardinality();
        lookUps[seed * inTurn + member] = CALLS - hits;
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
