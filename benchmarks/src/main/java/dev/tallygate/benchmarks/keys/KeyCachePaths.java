package dev.tallygate.benchmarks.keys;

import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.CacheStats;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.benchmarks.HandSetClock;
import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.time.Duration;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * Every answer that the gateway's key cache can give, and the check of the time to live among them:
 * nanoseconds a look-up. {@code -t 2} has two threads ask at once.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.KeyCachePaths package</pre>
 *
 * <p>{@code hit} reads the machine's clock, as the gateway does; {@code hitWithoutClock} asks a
 * clock that is a field, so that the difference is what a time to live costs. {@code stats} is one
 * {@code GET /cache-stats}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class KeyCachePaths {
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final int STRANGERS = 50;

  /** How many. */
  @Param({"1000", "1000000"})
  public int keys;

  private final HandSetClock late = new HandSetClock();

  @SuppressWarnings("NullAway.Init")
  private KeyCache ticking;

  @SuppressWarnings("NullAway.Init")
  private KeyCache timeless;

  @SuppressWarnings("NullAway.Init")
  private KeyCache expired;

  @SuppressWarnings("NullAway.Init")
  private KeyCache absent;

  @SuppressWarnings("NullAway.Init")
  private KeyCache disabled;

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> known;

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> unknown;

  /** For JMH. */
  public KeyCachePaths() {}

  /** Runs it; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(KeyCachePaths.class, args);
  }

  /** Fills the caches. */
  @Setup
  public void fill() {
    ticking = cache(true, Ticker.system());
    timeless = cache(true, new HandSetClock());
    expired = cache(true, late);
    absent = cache(true, new HandSetClock());
    disabled = cache(false, Ticker.system());
    for (int i = 0; i < keys; i++) {
      ApiKey key = SampleKeys.key(i);
      Lookup lookup = new Lookup(key, 1);
      ticking.put(key.digest(), lookup);
      timeless.put(key.digest(), lookup);
      expired.put(key.digest(), lookup);
      absent.put(key.digest(), lookup);
      disabled.put(key.digest(), lookup);
    }
    late.set(TTL.toMillis() + 1);
    known = Calls.byZipf(keys, 1.0, KeyDigest.class, SampleKeys::digest);
    unknown = Calls.byZipf(STRANGERS, 1.0, KeyDigest.class, i -> SampleKeys.digest(keys + i));
    for (int i = 0; i < STRANGERS; i++) {
      absent.put(SampleKeys.digest(keys + i), new Lookup(null, 1));
    }
  }

  /** A key that is there. */
  @Benchmark
  public @Nullable Lookup hit(Caller caller) {
    return ticking.get(known.next(caller), "");
  }

  /** The same where it costs nothing to tell the time. */
  @Benchmark
  public @Nullable Lookup hitWithoutClock(Caller caller) {
    return timeless.get(known.next(caller), "");
  }

  /** A key that is there and past its time: a miss. */
  @Benchmark
  public @Nullable Lookup expired(Caller caller) {
    return expired.get(known.next(caller), "");
  }

  /** A key that nothing is known of. */
  @Benchmark
  public @Nullable Lookup miss(Caller caller) {
    return timeless.get(unknown.next(caller), "");
  }

  /** A key that is known not to exist. */
  @Benchmark
  public @Nullable Lookup negative(Caller caller) {
    return absent.get(unknown.next(caller), "");
  }

  /** With {@code CACHE_ENABLED=false}: after this the store is asked. */
  @Benchmark
  public @Nullable Lookup disabled(Caller caller) {
    return disabled.get(known.next(caller), "");
  }

  /** The clock alone. */
  @Benchmark
  public long clock() {
    return Ticker.system().nanos();
  }

  /** The counters summed up. */
  @Benchmark
  public CacheStats stats() {
    return ticking.stats();
  }

  private KeyCache cache(boolean enabled, Ticker ticker) {
    return new KeyCache(new CacheSettings(enabled, keys, TTL, false, CacheLogLevel.NONE), ticker);
  }
}
