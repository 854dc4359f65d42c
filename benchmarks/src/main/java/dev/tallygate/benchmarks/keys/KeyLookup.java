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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * From a digest to its definition, in the gateway's key cache and in what could stand in its place:
 * nanoseconds a look-up.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.KeyLookup package</pre>
 *
 * <p>Every cache has room for all the keys, and they are asked for by Zipf's law with exponent
 * {@code skew} (0: all alike). The digest is made beforehand: {@link Authentication} measures it
 * too. With a million keys the digests that are presented do not fit into the processor's caches
 * either; a request's own digest always does, so those figures are too high for all alike.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class KeyLookup {
  /** What holds them. */
  @Param public Contender cache = Contender.TALLYGATE;

  /** How many. */
  @Param({"1000", "100000", "1000000"})
  public int keys;

  /** The exponent of Zipf's law. */
  @Param("1.0")
  public double skew;

  @SuppressWarnings("NullAway.Init")
  private Contender.Held held;

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> known;

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> unknown;

  /** For JMH. */
  public KeyLookup() {}

  /** Runs it; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(KeyLookup.class, args);
  }

  /** Fills the cache. */
  @Setup
  public void fill() {
    held = cache.create(keys);
    for (int i = 0; i < keys; i++) {
      ApiKey key = SampleKeys.key(i);
      held.put(key.digest(), key);
    }
    known = Calls.byZipf(keys, skew, KeyDigest.class, SampleKeys::digest);
    unknown = Calls.byZipf(1_000, skew, KeyDigest.class, i -> SampleKeys.digest(keys + i));
  }

  /** A key that is there. */
  @Benchmark
  public @Nullable ApiKey hit(Caller caller) {
    return held.get(known.next(caller));
  }

  /** The same by two threads at once: nanoseconds that each of them takes. */
  @Benchmark
  @Threads(2)
  public @Nullable ApiKey hitByTwo(Caller caller) {
    return held.get(known.next(caller));
  }

  /** One that is not, of 1,000. */
  @Benchmark
  public @Nullable ApiKey miss(Caller caller) {
    return held.get(unknown.next(caller));
  }
}
