package dev.tallygate.benchmarks.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * What it costs to count hits: nanoseconds that each thread takes.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.StatisticsCost package</pre>
 *
 * <p>The counters by themselves: {@code adder} as in the gateway's key cache, {@code atomic} as one
 * would first think of. And a look-up among 1,000 keys of which the hits are counted with an adder,
 * beside the same look-up, in a bare Caffeine.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StatisticsCost {
  private static final int KEYS = 1_000;

  private final LongAdder adder = new LongAdder();
  private final AtomicLong atomic = new AtomicLong();
  private final Cache<KeyDigest, ApiKey> cache = Caffeine.newBuilder().maximumSize(KEYS).build();

  @SuppressWarnings("NullAway.Init")
  private Calls<KeyDigest> calls;

  /** For JMH. */
  public StatisticsCost() {}

  /** Runs it; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(StatisticsCost.class, args);
  }

  /** Fills the cache. */
  @Setup
  public void fill() {
    for (int i = 0; i < KEYS; i++) {
      ApiKey key = SampleKeys.key(i);
      cache.put(key.digest(), key);
    }
    calls = Calls.byZipf(KEYS, 1.0, KeyDigest.class, SampleKeys::digest);
  }

  /** Counts. */
  @Benchmark
  public void adder() {
    adder.increment();
  }

  /** Two count. */
  @Benchmark
  @Threads(2)
  public void adderByTwo() {
    adder.increment();
  }

  /** Counts in one word. */
  @Benchmark
  public long atomic() {
    return atomic.incrementAndGet();
  }

  /** Two count in one word. */
  @Benchmark
  @Threads(2)
  public long atomicByTwo() {
    return atomic.incrementAndGet();
  }

  /** Looks up. */
  @Benchmark
  public @Nullable ApiKey uncounted(Caller caller) {
    return cache.getIfPresent(calls.next(caller));
  }

  /** Looks up and counts. */
  @Benchmark
  public @Nullable ApiKey counted(Caller caller) {
    ApiKey key = cache.getIfPresent(calls.next(caller));
    if (key != null) {
      adder.increment();
    }
    return key;
  }
}
