package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Answer;
import dev.tallygate.benchmarks.harness.CacheReport;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Connection;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Far fewer places than keys: almost every call evicts somebody. */
final class ScarceRoom {
  private static final int CLIENTS = 32;
  private static final int KEYS = 500;
  private static final int PLACES = 20;
  private static final Duration TIME = Duration.ofSeconds(20);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private ScarceRoom() {}

  private record Looks(long count, long largest) {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    Map<String, String> room = Map.of("CACHE_MAX_SIZE", Integer.toString(PLACES));
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, room)) {
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Looks> looks = CompletableFuture.supplyAsync(() -> watch(gateway, over));
      Load.Result result;
      try {
        result =
            Load.sustained(
                gateway.port(),
                CLIENTS,
                TIME,
                Duration.ZERO,
                (client, number) ->
                    Load.Call.ok(Requests.chat(KeyFile.key((client * 31 + number) % KEYS))));
      } finally {
        over.set(true);
      }
      Looks seen = looks.join();
      CacheReport stats = gateway.cacheStats(KeyFile.key(0));
      return List.of(calls(result, seen, stats, gateway.recorded()), size(seen, stats));
    }
  }

  private static Looks watch(LiveGateway gateway, AtomicBoolean over) {
    long count = 0;
    long largest = 0;
    try (Connection connection = new Connection(gateway.port())) {
      while (!over.get()) {
        Answer answer = connection.call(Requests.get("/cache-stats", KeyFile.key(0)));
        largest = Math.max(largest, CacheReport.of(answer).size());
        count++;
        Thread.sleep(BETWEEN_LOOKS);
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Looks(count, largest);
  }

  private static Finding calls(
      Load.Result result, Looks looks, CacheReport stats, Map<String, Recorded> recorded) {
    long onRecord = recorded.values().stream().mapToLong(Recorded::requests).sum();
    boolean consistent =
        stats.lookups() == result.calls() + looks.count() + 1
            && stats.loads() <= stats.misses()
            && stats.loads() == stats.evictions() + stats.size()
            && onRecord == result.calls();
    return new Finding(
        "rapid eviction under load: no failure, consistent statistics",
        String.format(
            "`CACHE_MAX_SIZE` %d, %d clients with %d keys in turn, %d s; look-ups = calls and"
                + " questions, loads = evictions and what is held, every call on record",
            PLACES, CLIENTS, KEYS, TIME.toSeconds()),
        result.failures().isEmpty() && consistent,
        String.format(
            "%,d calls, %s; %,d look-ups, %,d misses, %,d loads,"
                + " %,d evictions, size %d, %,d recorded; %s",
            result.calls(),
            Failures.text(result.failures()),
            stats.lookups(),
            stats.misses(),
            stats.loads(),
            stats.evictions(),
            stats.size(),
            onRecord,
            result.times().text()));
  }

  private static Finding size(Looks looks, CacheReport stats) {
    return new Finding(
        "the same: size never above the maximum",
        String.format(
            "`size` of `/cache-stats`, asked for every %d ms all the while, and at the end",
            BETWEEN_LOOKS.toMillis()),
        looks.largest() <= PLACES && stats.size() <= PLACES,
        String.format(
            "of %d places at most %d taken in %,d looks; %d when the load was over",
            PLACES, looks.largest(), looks.count(), stats.size()));
  }
}
