package dev.tallygate.benchmarks.scale;

import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Connection;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.HeapInUse;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.benchmarks.harness.Times;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.FileKeyStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A key file of a million keys. */
final class ManyKeys {
  private static final int KEYS = 1_000_000;

  /** What the documentation says of so many keys. */
  private static final String HEAP = "-Xmx1g";

  private static final int MOST_SECONDS = 10;

  /** So that a slow machine is told how slow it is. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int MOST_MEGABYTES = 1_024;
  private static final int CLIENTS = 16;
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration TIME = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final int LOOKUPS = 1_000_000;
  private static final double MOST_MILLIS = 1;
  private static final long SEED = 20_260_118;

  private ManyKeys() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = write(lab);
    long bytes = Files.size(keys.path()); // usage that is mirrored into it makes it grow
    HeapInUse heap = new HeapInUse(keys.folder());
    Map<String, String> options = Map.of("TALLYGATE_JAVA_OPTS", HEAP + " " + heap.option());
    try (CannedUpstream upstream = new CannedUpstream()) {
      Start first = start(lab, keys, upstream, options, gateway -> {});
      List<Finding> findings = new ArrayList<>();
      Start second =
          start(
              lab,
              keys,
              upstream,
              options,
              gateway -> {
                HeapInUse.collect(lab, gateway);
                findings.add(memory(heap.collections().getFirst()));
                findings.add(calls(gateway));
              });
      findings.addFirst(
          second.finding(
              "the same at the next start", "with the ledger of the first, which knows every key"));
      findings.addFirst(
          first.finding(
              "1,000,000 keys: serving within 10 s",
              String.format(
                  "from the start of the launcher to the first 200 of a chat completion, with a key"
                      + " file of %,d MB (in the page cache) and no ledger yet, `%s`. The first"
                      + " call waits until the ledger has taken over every key",
                  bytes / 1_000_000, HEAP)));
      findings.add(lookups(write(lab)));
      return findings;
    }
  }

  /** In seconds from the start of the launcher. */
  private record Start(double listening, double served, int status) {
    Finding finding(String criterion, String how) {
      return new Finding(
          criterion,
          how,
          status == 200 && served < MOST_SECONDS,
          String.format("listens after %.1f s, first %d after %.1f s", listening, status, served));
    }
  }

  @FunctionalInterface
  private interface Use {
    void of(LiveGateway gateway) throws IOException, InterruptedException;
  }

  private static Start start(
      Lab lab, KeyFile keys, CannedUpstream upstream, Map<String, String> options, Use use)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    try (LiveGateway gateway = LiveGateway.start(lab, keys, upstream, options, PATIENCE)) {
      double listening = secondsSince(began);
      int status = call(gateway.port());
      Start start = new Start(listening, secondsSince(began), status);
      use.of(gateway);
      return start;
    }
  }

  static KeyFile write(Lab lab) throws IOException {
    return KeyFile.write(lab.newFolder(), KEYS);
  }

  private static int call(int port) throws IOException {
    try (Connection connection = new Connection(port)) {
      return connection.call(Requests.chat(KeyFile.key(KEYS - 1))).status();
    }
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1e9;
  }

  private static Finding memory(HeapInUse.Collection collection) {
    return new Finding(
        "the same: heap in use < 1 GiB",
        "after `jcmd GC.run`, by the JVM's own log",
        collection.after() < MOST_MEGABYTES,
        String.format(
            "%,d MB, %d bytes a key (%,d MB before, garbage included)",
            collection.after(), ((long) collection.after() << 20) / KEYS, collection.before()));
  }

  private static Finding lookups(KeyFile keys) throws IOException {
    KeyCache cache = new KeyCache(CacheSettings.DEFAULTS, Ticker.system());
    SplittableRandom random = new SplittableRandom(SEED);
    long[] nanos = new long[LOOKUPS];
    long hits = 0;
    try (FileKeyStore store = new FileKeyStore(keys.path(), Ticker.system())) {
      // The first round is the warm-up.
      for (int round = 0; round < 2; round++) {
        hits = 0;
        for (int i = 0; i < LOOKUPS; i++) {
          String secret = KeyFile.key(random.nextInt(KEYS));
          long began = System.nanoTime();
          hits += find(cache, store, secret) ? 1 : 0;
          nanos[i] = System.nanoTime() - began;
        }
      }
    } catch (StoreUnavailableException e) {
      throw new IOException("the key file cannot be read", e);
    }
    Times times = Times.of(nanos);
    return new Finding(
        "the same: 99 % of look-ups < 1 ms",
        String.format(
            "in this process: `KeyCache` at its default size before `FileKeyStore`, SHA-256 of the"
                + " secret and remembering the answer included; %,d keys drawn evenly, so that"
                + " nearly each is a miss, after as many as warm-up",
            LOOKUPS),
        times.millis(0.99) < MOST_MILLIS,
        String.format(
            "p50 %.1f µs, p99 %.1f, p99.9 %.1f, longest %.1f ms; %.1f %% from the cache",
            times.nanos(0.5) / 1e3,
            times.nanos(0.99) / 1e3,
            times.nanos(0.999) / 1e3,
            times.millis(1),
            100.0 * hits / LOOKUPS));
  }

  /** Whether memory had it. */
  private static boolean find(KeyCache cache, FileKeyStore store, String secret)
      throws StoreUnavailableException {
    KeyDigest digest = KeyDigest.of(secret);
    if (cache.get(digest, secret) != null) {
      return true;
    }
    Lookup found = store.find(digest);
    if (found.key() == null || !cache.put(digest, found)) {
      throw new IllegalStateException("a key that is there was not found");
    }
    return false;
  }

  private static Finding calls(LiveGateway gateway) throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(SEED);
    int[] drawn = random.ints(1 << 16, 0, KEYS).toArray();
    Load.Plan plan =
        (client, number) ->
            Load.Call.ok(
                Requests.chat(KeyFile.key(drawn[(client * 4_099 + number) % drawn.length])));
    Load.Result warmUp = Load.sustained(gateway.port(), CLIENTS, WARM_UP, Duration.ZERO, plan);
    Load.Result result = Load.sustained(gateway.port(), CLIENTS, TIME, PAUSE, plan);
    List<String> failures = new ArrayList<>(warmUp.failures());
    failures.addAll(result.failures());
    return new Finding(
        "the same: no failure; 99 % of calls < 10 ms",
        String.format(
            "%d clients, a call every %d ms each, keys drawn evenly, %d s after %d s as fast as they"
                + " could, whose failures count too; whole calls",
            CLIENTS, PAUSE.toMillis(), TIME.toSeconds(), WARM_UP.toSeconds()),
        failures.isEmpty() && result.times().millis(0.99) < 10,
        String.format(
            "%,d calls, %s; %s", result.calls(), Failures.text(failures), result.times().text()));
  }
}
