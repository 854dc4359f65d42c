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
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A flood of keys that do not exist, beside the work of those that do. */
final class UnknownKeys {
  private static final int CLIENTS = 32;
  private static final int KEYS = 100;
  private static final Duration TIME = Duration.ofSeconds(20);

  private UnknownKeys() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    // one entry more, and somebody would have to go
    Map<String, String> exact = Map.of("CACHE_MAX_SIZE", Integer.toString(KEYS));
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, exact)) {
      for (String key : keys.keys()) {
        gateway.get("/stats", key);
      }
      CacheReport before = gateway.cacheStats(KeyFile.key(0));
      Load.Result result =
          Load.sustained(gateway.port(), CLIENTS, TIME, Duration.ZERO, UnknownKeys::call);
      CacheReport after = gateway.cacheStats(KeyFile.key(0));
      long unknown = 0;
      for (int client = 1; client < CLIENTS; client += 2) {
        unknown += result.callsByClient().get(client);
      }
      long misses = after.misses() - before.misses();
      long unknownMisses = unknown - (after.negativeHits() - before.negativeHits());
      return List.of(
          new Finding(
              "unknown keys under load evict no valid one",
              String.format(
                  "%d clients, each call with another unknown key, beside %d that use %d valid keys"
                      + " in as many places (`CACHE_MAX_SIZE`), %d s; every miss of the time is one"
                      + " of an unknown key",
                  CLIENTS / 2, CLIENTS / 2, KEYS, TIME.toSeconds()),
              result.failures().isEmpty()
                  && after.evictions() == 0
                  && after.size() == KEYS
                  && misses == unknownMisses,
              String.format(
                  "%,d calls with valid keys and %,d with unknown ones, %s; %d evictions, size %d,"
                      + " %d misses of valid keys; %s",
                  result.calls() - unknown,
                  unknown,
                  Failures.text(result.failures()),
                  after.evictions(),
                  after.size(),
                  misses - unknownMisses,
                  result.times().text())));
    }
  }

  private static Load.Call call(int client, int number) {
    return client % 2 == 0
        ? Load.Call.ok(Requests.chat(KeyFile.key((client + number) % KEYS)))
        : new Load.Call(
            Requests.chat("pk_unknown_%d_%d".formatted(client, number)), 401, answer -> {});
  }
}
