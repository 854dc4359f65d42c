package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.auth.KeyStore.Snapshot;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.Times;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.FileKeyStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntPredicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A hit in the gateway's own cache, from the presented secret on, beside what the predecessor did
 * for every request: read the file, parse it, search the list. In this process.
 */
final class HitLatency {
  private static final int KEYS = 1_000;
  private static final Duration WARM_UP = Duration.ofSeconds(4);
  private static final int FILE_READS = 3_000;
  private static final int HITS = 2_000_000;
  private static final double MOST_MILLIS = 1;
  private static final double LEAST_RATIO = 10;

  private HitLatency() {}

  static List<Finding> run(Lab lab) throws IOException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    KeyCache cache = filled(keys);
    String[] secrets = keys.keys().toArray(String[]::new);
    IntPredicate hit =
        number -> {
          String secret = secrets[number % KEYS];
          return cache.get(KeyDigest.of(secret), secret) != null;
        };
    IntPredicate read = number -> isInFile(keys.path(), secrets[number % KEYS]);
    warmUp(hit, read);
    Times hits = time(hit, HITS);
    Times reads = time(read, FILE_READS);
    double ratio = (double) reads.nanos(0.5) / hits.nanos(0.5);
    return List.of(
        new Finding(
            "a hit < 1 ms",
            String.format(
                "%,d single hits in `KeyCache`, SHA-256 of the secret included, %,d keys, in one"
                    + " process, timed one by one (the clock's own 20–30 ns are in it)",
                HITS, KEYS),
            hits.millis(0.5) < MOST_MILLIS && hits.millis(0.999) < MOST_MILLIS,
            String.format(
                "p50 %d ns, p99.9 %.1f µs, longest %.2f ms",
                hits.nanos(0.5), hits.nanos(0.999) / 1e3, hits.millis(1))),
        new Finding(
            "≥ 10 × faster than the file",
            String.format(
                "beside reading, parsing and searching the same file (%,d KB, in the page cache),"
                    + " %,d times; medians",
                Files.size(keys.path()) / 1_000, FILE_READS),
            ratio >= LEAST_RATIO,
            String.format("%,.0f ×: %,.0f µs with the file", ratio, reads.nanos(0.5) / 1e3)));
  }

  private static KeyCache filled(KeyFile keys) throws IOException {
    KeyCache cache = new KeyCache(CacheSettings.DEFAULTS, Ticker.system());
    try (FileKeyStore store = new FileKeyStore(keys.path(), Ticker.system())) {
      Snapshot snapshot = store.snapshot();
      for (ApiKey key : snapshot.keys()) {
        cache.put(key.digest(), new Lookup(key, snapshot.revision()));
      }
    } catch (StoreUnavailableException e) {
      throw new IOException("the key file cannot be read", e);
    }
    return cache;
  }

  private static boolean isInFile(Path file, String secret) {
    JsonNode list;
    try {
      list = JsonMapper.shared().readTree(Files.readAllBytes(file)).path("keys");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (JsonNode entry : list) {
      if (entry.path("key").asString("").equals(secret)) {
        return true;
      }
    }
    return false;
  }

  private static void warmUp(IntPredicate... lookups) {
    for (IntPredicate lookup : lookups) {
      long end = System.nanoTime() + WARM_UP.toNanos();
      for (int number = 0; System.nanoTime() < end; number++) {
        check(lookup, number);
      }
    }
  }

  private static Times time(IntPredicate lookup, int count) {
    long[] nanos = new long[count];
    for (int number = 0; number < count; number++) {
      long began = System.nanoTime();
      check(lookup, number);
      nanos[number] = System.nanoTime() - began;
    }
    return Times.of(nanos);
  }

  private static void check(IntPredicate lookup, int number) {
    if (!lookup.test(number)) {
      throw new IllegalStateException("a key that is there was not found");
    }
  }
}
