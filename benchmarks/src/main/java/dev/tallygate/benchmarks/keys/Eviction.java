package dev.tallygate.benchmarks.keys;

import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * Putting keys into a cache that is full, so that each pushes one out: nanoseconds and bytes a key.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.Eviction package</pre>
 *
 * <p>{@code put}: 16 times as many keys as there is room for, in turn, so that hardly any is still
 * there when it comes again. {@code churn}: keys drawn by Zipf's law from 4 times as many as there
 * is room for; what is not there is put. A map without a bound cannot take part.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class Eviction {
  /** What is full. */
  @Param({"TALLYGATE", "LRU_MAP", "GUAVA", "CAFFEINE", "CAFFEINE_TTL"})
  public Contender cache = Contender.TALLYGATE;

  /** Of how many keys. */
  @Param({"1000", "100000"})
  public int room;

  @SuppressWarnings("NullAway.Init")
  private Contender.Held held;

  @SuppressWarnings("NullAway.Init")
  private KeyDigest[] digests;

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> calls;

  private final ApiKey key = SampleKeys.key(0);
  private int at;

  /** For JMH. */
  public Eviction() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(Eviction.class, args, GCProfiler.class);
  }

  /** Fills the cache. */
  @Setup
  public void fill() {
    held = cache.create(room);
    digests = new KeyDigest[16 * room];
    for (int i = 0; i < digests.length; i++) {
      digests[i] = SampleKeys.digest(i);
    }
    for (int i = 0; i < room; i++) {
      held.put(digests[i], key);
    }
    calls = Calls.byZipf(4 * room, 1.0, KeyDigest.class, i -> digests[i]);
    at = room;
  }

  /** Puts the next. */
  @Benchmark
  public void put() {
    at = at + 1 == digests.length ? 0 : at + 1;
    held.put(digests[at], key);
  }

  /** Looks up, and puts where that fails. */
  @Benchmark
  public ApiKey churn(Caller caller) {
    KeyDigest digest = calls.next(caller);
    @Nullable ApiKey found = held.get(digest);
    if (found != null) {
      return found;
    }
    held.put(digest, key);
    return key;
  }
}
