package dev.tallygate.benchmarks.keys;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore;
import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.FileKeyStore;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/**
 * Loading all keys into an empty cache, as with {@code CACHE_WARMUP_ON_START=true}: milliseconds.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.WarmUp package</pre>
 *
 * <p>{@code fromStore} is the warm-up itself, from a store that has the definitions in memory;
 * {@code fromFile} is the start of a gateway: it reads and indexes the key file before. A cache is
 * made for each. The million are given 4 GB, and fewer and longer rounds would not change much.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class WarmUp {
  /** How many. */
  @Param({"100", "500", "1000", "1000000"})
  public int keys;

  @SuppressWarnings("NullAway.Init")
  private StoreInMemory store;

  @SuppressWarnings("NullAway.Init")
  private KeyFile file;

  /** For JMH. */
  public WarmUp() {}

  /** Runs it; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(WarmUp.class, args);
  }

  /** Makes the keys. */
  @Setup
  public void make() throws IOException {
    store = new StoreInMemory(IntStream.range(0, keys).mapToObj(SampleKeys::key).toList());
    file = KeyFile.of(keys);
  }

  /** Deletes the file. */
  @TearDown
  public void delete() throws IOException {
    file.close();
  }

  /** From memory to memory. */
  @Benchmark
  public long fromStore() {
    return warmedUp(store);
  }

  /** From the disk. */
  @Benchmark
  public long fromFile() {
    try (FileKeyStore opened = new FileKeyStore(file.path(), Ticker.system())) {
      return warmedUp(opened);
    }
  }

  private long warmedUp(KeyStore from) {
    KeyCache cache =
        new KeyCache(
            new CacheSettings(true, keys, Duration.ofMinutes(5), true, CacheLogLevel.NONE),
            Ticker.system());
    new Authenticator(cache, from, Ticker.system(), Runnable::run).warmUp();
    if (cache.size() != keys) {
      throw new IllegalStateException(cache.size() + " keys (expected: " + keys + ")");
    }
    return cache.size();
  }
}
