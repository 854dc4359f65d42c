package dev.tallygate.benchmarks.keys;

import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.benchmarks.Zipf;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.FileKeyStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * From the text of a key to its definition: through the key cache, through the key store as with
 * {@code CACHE_ENABLED=false}, and through the file as the predecessor did. Microseconds a look-up;
 * the goal is a hit in a tenth of the time that the file takes, and under a millisecond.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.KeyFileLookup package</pre>
 *
 * <p>{@code predecessor} reads the whole file, parses it into a tree and looks at one entry after
 * the other. It is in the page cache, the parser is a quick one, and the lock folder that each of
 * the predecessor's reads made and removed is left out: all in its favour. Each of the three finds
 * keys that are drawn all alike; the SHA-256 that the first two need is in their figures.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KeyFileLookup {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** In the file. */
  @Param({"100", "1000", "10000"})
  public int keys;

  @SuppressWarnings("NullAway.Init")
  private KeyFile file;

  @SuppressWarnings("NullAway.Init")
  private FileKeyStore store;

  @SuppressWarnings("NullAway.Init")
  private KeyCache cache;

  @SuppressWarnings("NullAway.Init")
  private Zipf alike;

  /** For JMH. */
  public KeyFileLookup() {}

  /** Runs it; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(KeyFileLookup.class, args);
  }

  /** Writes the file and loads it. */
  @Setup
  public void open() throws IOException, StoreUnavailableException {
    file = KeyFile.of(keys);
    store = new FileKeyStore(file.path(), Ticker.system());
    cache =
        new KeyCache(
            new CacheSettings(true, keys, Duration.ofMinutes(5), false, CacheLogLevel.NONE),
            Ticker.system());
    for (var key : store.snapshot().keys()) {
      cache.put(key.digest(), new Lookup(key, store.revision()));
    }
    alike = new Zipf(keys, 0, new Random(42));
  }

  /** Deletes it. */
  @TearDown
  public void close() throws IOException {
    store.close();
    file.close();
  }

  /** A hit. */
  @Benchmark
  public @Nullable Lookup cache() {
    return cache.get(KeyDigest.of(SampleKeys.secret(alike.next())), "");
  }

  /** A look at the file's metadata, and a search of the index. */
  @Benchmark
  public Lookup store() throws StoreUnavailableException {
    return store.find(KeyDigest.of(SampleKeys.secret(alike.next())));
  }

  /** The file, every time. */
  @Benchmark
  public @Nullable JsonNode predecessor() throws IOException {
    String secret = SampleKeys.secret(alike.next());
    for (JsonNode entry : JSON.readTree(Files.readString(file.path())).get("keys")) {
      if (entry.get("key").stringValue().equals(secret)) {
        return entry;
      }
    }
    return null;
  }
}
