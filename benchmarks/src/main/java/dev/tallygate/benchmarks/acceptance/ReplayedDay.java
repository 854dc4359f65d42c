package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.acceptance.WorkingDay.Visit;
import dev.tallygate.benchmarks.harness.CacheReport;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Recorded;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A working day in a minute and a half, with the TTL shortened alike. */
final class ReplayedDay {
  private static final long SEED = 20_260_118;
  private static final int KEYS = 100;
  private static final int CALLS = 60_000;
  private static final int COMPRESSION = 900;
  private static final int TTL_MILLIS = 300_000 / COMPRESSION;
  private static final int EDITS = 24;
  private static final double LEAST_PERCENT = 95;

  private ReplayedDay() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    List<Visit> visits = WorkingDay.visits(SEED, KEYS, CALLS);
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    Map<String, String> ttl = Map.of("CACHE_TTL_MS", Integer.toString(TTL_MILLIS));
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, ttl)) {
      Duration pause = Duration.ofMillis(WorkingDay.MILLIS / COMPRESSION / (EDITS + 1));
      Editor editor = Editor.start(keys, EDITS, pause);
      Replay.Result result = new Replay(gateway.port(), COMPRESSION).run(visits);
      CacheReport stats = gateway.cacheStats(KeyFile.key(0));
      int lost = editor.lost(gateway);
      return List.of(
          hitRate(visits, stats),
          knownHitRate(visits, stats),
          failures(visits, result),
          recorded(visits, gateway.recorded(), upstream, lost));
    }
  }

  private static Finding hitRate(List<Visit> visits, CacheReport stats) {
    return new Finding(
        "hit rate of a working day > 95 %",
        String.format(
            "%,d calls of a day (WorkingDay, seed %d, %d keys by Zipf's law, 5 %% of the calls with"
                + " %,d unknown keys; CRC-32 of the trace %s) in %d s, `CACHE_TTL_MS` shortened"
                + " alike (%d), %d edits of the key file; `hitRate` of `/cache-stats`, unknown keys"
                + " included",
            visits.size(),
            SEED,
            KEYS,
            visits.stream().filter(v -> !v.known()).map(Visit::key).distinct().count(),
            WorkingDay.checksum(visits),
            WorkingDay.MILLIS / COMPRESSION / 1_000,
            TTL_MILLIS,
            EDITS),
        stats.hitRate() > LEAST_PERCENT && stats.lookups() == visits.size() + 1,
        String.format(
            "%.2f %%: %,d hits, %,d of them \"no such key\"; %,d misses; %,d look-ups, %,d calls"
                + " made and this question",
            stats.hitRate(),
            stats.hits(),
            stats.negativeHits(),
            stats.misses(),
            stats.lookups(),
            visits.size()));
  }

  /** Memory cannot tell whose a miss was; the calls that were made with unknown keys can. */
  private static Finding knownHitRate(List<Visit> visits, CacheReport stats) {
    long unknown = visits.stream().filter(v -> !v.known()).count();
    long unknownMisses = unknown - stats.negativeHits();
    long knownMisses = stats.misses() - unknownMisses;
    long knownHits = stats.hits() - stats.negativeHits();
    double known = 100.0 * knownHits / (knownHits + knownMisses);
    return new Finding(
        "the same of known keys alone > 95 %",
        "(hits − negativeHits) ÷ these and the misses of known keys; misses of unknown keys are the"
            + " calls with them − negativeHits",
        known > LEAST_PERCENT,
        String.format(
            "%.2f %%: %,d misses, %d of them after edits; had every call with an unknown key been a"
                + " miss, the rate of all would be %.2f %%",
            known,
            knownMisses,
            stats.invalidations(),
            100.0 * knownHits / (knownHits + knownMisses + unknown)));
  }

  private static Finding failures(List<Visit> visits, Replay.Result result) {
    return new Finding(
        "the day passes without a failure",
        "known keys get 200, unknown ones 401; times from the moment a call was due",
        result.failures().isEmpty(),
        String.format(
            "%,d calls, %s; %s; sent at most %.0f ms late, 99 %% within %.1f ms",
            visits.size(),
            Failures.text(result.failures()),
            result.times().text(),
            result.late().millis(1),
            result.late().millis(0.99)));
  }

  private static Finding recorded(
      List<Visit> visits, Map<String, Recorded> recorded, CannedUpstream upstream, int lost) {
    Map<String, Recorded> served = new TreeMap<>();
    Recorded one = new Recorded(1, CannedUpstream.TOKENS);
    visits.stream()
        .filter(Visit::known)
        .forEach(v -> served.merge(KeyFile.key(v.key()), one, Recorded::plus));
    long calls = served.values().stream().mapToLong(Recorded::requests).sum();
    return new Finding(
        "every token of the day on record, for each key; no edit lost",
        "`tallygate usage --format json` beside the calls of the trace and the calls that the"
            + " upstream answered; `/stats` and the file beside the edits",
        recorded.equals(served) && upstream.calls() == calls && lost == 0,
        String.format(
            "%,d tokens recorded, %,d served with %d keys; %d of %d edits lost",
            recorded.values().stream().mapToLong(Recorded::tokens).sum(),
            upstream.calls() * CannedUpstream.TOKENS,
            served.size(),
            lost,
            EDITS));
  }
}
