package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.CacheReport;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Requests;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What reaches the store, and the file below it, with the cache and without. */
final class StoreLookups {
  private static final int CLIENTS = 16;
  private static final int KEYS = 100;
  private static final int CALLS = 8_000;
  private static final double LEAST_PERCENT = 95;

  private StoreLookups() {}

  private record Run(List<String> failures, CacheReport stats, SystemCalls.Counted calls) {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    Run with = measure(lab, true);
    Run without = measure(lab, false);
    double loads = perThousand(with.stats().loads());
    // Switched off, the cache counts nothing: a call is a look-up then, and its system calls show.
    double fewerLoads = 100 - loads / 10;
    double calls = perThousand(with.calls().inLookups());
    double callsWithout = perThousand(without.calls().inLookups());
    double fewerCalls = 100 - 100 * calls / callsWithout;
    List<String> failures =
        Stream.of(with, without).flatMap(run -> run.failures().stream()).toList();
    return List.of(
        new Finding(
            "≥ 95 % fewer look-ups in the store",
            String.format(
                "%,d calls with %d keys, cold at first; `loads` of `/cache-stats`; with"
                    + " `CACHE_ENABLED=false` every call is a look-up",
                CALLS, KEYS),
            fewerLoads >= LEAST_PERCENT && failures.isEmpty() && callsWithout >= 1_000,
            String.format(
                "%.1f instead of 1,000 for 1,000 calls: %.1f %% fewer; %s",
                loads, fewerLoads, Failures.text(failures))),
        new Finding(
            "≥ 95 % fewer system calls on the key file by look-ups",
            "the same runs under `strace -f -P` *key file*: calls by its path or on its descriptors"
                + " (stat, open, read), without those of the threads that watch the file and mirror"
                + " usage into it, which work with the cache and without",
            fewerCalls >= LEAST_PERCENT,
            String.format(
                "%.1f (%s) instead of %,.1f (%s) for 1,000 calls: %.1f %% fewer; by watch and"
                    + " mirror %,d and %,d in all, by the time that each run took",
                calls,
                kinds(with.calls()),
                callsWithout,
                kinds(without.calls()),
                fewerCalls,
                with.calls().background(),
                without.calls().background())));
  }

  private static double perThousand(long count) {
    return 1_000.0 * count / CALLS;
  }

  private static String kinds(SystemCalls.Counted counted) {
    return counted.lookups().isEmpty()
        ? "none"
        : counted.lookups().toString().replaceAll("[{}]", "");
  }

  private static Run measure(Lab lab, boolean cache) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    Map<String, String> settings = Map.of("CACHE_ENABLED", Boolean.toString(cache));
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, settings)) {
      SystemCalls calls = SystemCalls.start(lab, gateway, keys);
      Load.Result result =
          Load.counted(
              gateway.port(),
              CLIENTS,
              CALLS / CLIENTS,
              (client, number) ->
                  Load.Call.ok(Requests.chat(KeyFile.key((client * 41 + number) % KEYS))));
      SystemCalls.Counted counted = calls.stop();
      return new Run(result.failures(), gateway.cacheStats(KeyFile.key(0)), counted);
    }
  }
}
