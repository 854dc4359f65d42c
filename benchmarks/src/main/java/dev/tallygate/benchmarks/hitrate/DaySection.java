package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.acceptance.WorkingDay;
import dev.tallygate.benchmarks.acceptance.WorkingDay.Visit;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;

/** A team's day, with the hours of its calls. */
final class DaySection implements Section {
  private static final int KEYS = 100;
  private static final int CALLS = 60_000;
  private static final Duration TTL = Duration.ofMinutes(5);

  @Override
  public String title() {
    return "A working day";
  }

  @Override
  public String how() {
    return """
    The day of [acceptance](acceptance.md): some %,d calls in sessions, %d keys, 5 %% of the calls with keys that do not exist, each tried
    four times. Beginning with an empty cache; calls with unknown keys are counted too. The TTL is that of `CACHE_TTL_MS` by default;
    what the gateway does to read a key again before its TTL is over is not part of this.\
    """
        .formatted(CALLS, KEYS);
  }

  @Override
  public Table table(Replay replay) {
    Table table =
        new Table(
            "TTL",
            "places",
            Policy.LRU.title(),
            Policy.LRU_APART.title(),
            Policy.KEY_CACHE.title(),
            "points to exact LRU",
            Policy.CAFFEINE.title(),
            Policy.CAFFEINE_IDLE.title());
    for (Duration ttl : new Duration[] {Duration.ZERO, TTL}) {
      for (int places : new int[] {5, 10, 20, 50, 100, 1_000}) {
        double lru = rate(replay, Policy.LRU, places, ttl);
        double ours = rate(replay, Policy.KEY_CACHE, places, ttl);
        table.row(
            ttl.isZero() ? "none" : "5 min",
            "%,d".formatted(places),
            Rate.text(lru),
            Rate.text(rate(replay, Policy.LRU_APART, places, ttl)),
            Rate.text(ours),
            Rate.points(ours, lru),
            Rate.text(rate(replay, Policy.CAFFEINE, places, ttl)),
            Rate.text(rate(replay, Policy.CAFFEINE_IDLE, places, ttl)));
      }
    }
    return table;
  }

  private static double rate(Replay replay, Policy policy, int places, Duration ttl) {
    return Rate.mean(seed -> {
      List<Visit> day = WorkingDay.visits(seed, KEYS, CALLS);
      int[] keys = day.stream().mapToInt(Visit::key).toArray();
      long[] atMillis = day.stream().mapToLong(Visit::atMillis).toArray();
      BitSet hits = replay.hits(policy, places, ttl, keys, atMillis);
      return Rate.of(hits, 0, keys.length);
    });
  }
}
