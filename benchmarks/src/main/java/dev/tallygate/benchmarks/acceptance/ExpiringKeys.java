package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.CacheReport;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Recorded;
import dev.tallygate.benchmarks.harness.Requests;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Entries that are past their TTL every few calls. */
final class ExpiringKeys {
  private static final int CLIENTS = 32;
  private static final int KEYS = 400;
  private static final int TTL_MILLIS = 20;
  private static final Duration TIME = Duration.ofSeconds(20);

  private ExpiringKeys() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    Map<String, String> ttl = Map.of("CACHE_TTL_MS", Integer.toString(TTL_MILLIS));
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, ttl)) {
      Load.Result result =
          Load.sustained(
              gateway.port(),
              CLIENTS,
              TIME,
              Duration.ZERO,
              (client, number) ->
                  Load.Call.ok(Requests.chat(KeyFile.key((client * 97 + number) % KEYS))));
      CacheReport stats = gateway.cacheStats(KeyFile.key(0));
      long recorded = gateway.recorded().values().stream().mapToLong(Recorded::requests).sum();
      boolean consistent =
          stats.lookups() == result.calls() + 1
              && stats.expirations() > KEYS
              && stats.expirations() <= stats.misses()
              && stats.loadFailures() == 0
              && stats.evictions() == 0
              && stats.size() == KEYS
              && recorded == result.calls();
      return List.of(
          new Finding(
              "keys that expire under load: no failure, consistent statistics",
              String.format(
                  "`CACHE_TTL_MS` %d, %d clients with %d keys, %d s; look-ups = calls and this"
                      + " question, expirations ≤ misses, every key held, nothing evicted, every"
                      + " call on record",
                  TTL_MILLIS, CLIENTS, KEYS, TIME.toSeconds()),
              result.failures().isEmpty() && consistent,
              String.format(
                  "%,d calls, %s; %,d look-ups, %,d misses, %,d expirations, %,d loads, %d"
                      + " failed, size %d, %,d recorded; %s",
                  result.calls(),
                  Failures.text(result.failures()),
                  stats.lookups(),
                  stats.misses(),
                  stats.expirations(),
                  stats.loads(),
                  stats.loadFailures(),
                  stats.size(),
                  recorded,
                  result.times().text())));
    }
  }
}
