package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Admission;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Call;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * What the quota costs a call: it is admitted and reserves, it ends and is settled. Nanoseconds
 * that each thread takes, and bytes.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=QuotaReservation package</pre>
 *
 * <p>Each thread has 1,000 keys to itself, but in {@code sameKeyByTwo} both call with the same one.
 * Each key has a limit of requests per minute that is not reached. {@code refused} has used up its
 * tokens. The time is the machine's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class QuotaReservation {
  private static final int KEYS = 1_000;
  private static final Call CALL =
      new Call(true, "glm-4.7", 300, 0, false, OptionalLong.of(4_096), 1);
  private static final TokenUsage USED = new TokenUsage(80, 0, 0, 120);
  private static final int OUTPUT_BYTES = 480;

  /** How a key is held to its limit. */
  @Param public QuotaMode mode = QuotaMode.ADAPTIVE;

  @SuppressWarnings("NullAway.Init")
  private QuotaEnforcer quota;

  @SuppressWarnings("NullAway.Init")
  private ApiKey shared;

  @SuppressWarnings("NullAway.Init")
  private ApiKey usedUp;

  /** For JMH. */
  public QuotaReservation() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(QuotaReservation.class, args, GCProfiler.class);
  }

  /** Begins with unused keys. */
  @Setup
  public void make() {
    Ticker ticker = Ticker.system();
    quota =
        new QuotaEnforcer(
            ticker,
            (since, sink) -> {},
            new ModelLimits(200_000, 131_072, 10_000),
            QuotaReservation::unwatched);
    shared = key("k_shared", Long.MAX_VALUE / 2);
    usedUp = key("k_used_up", 100_000);
    quota.used(usedUp.id(), ticker.epochMillis(), 100_000);
  }

  /** A call. */
  @Benchmark
  public boolean call(Keys keys) {
    return call(keys.next());
  }

  /** Two threads' calls. */
  @Benchmark
  @Threads(2)
  public boolean callByTwo(Keys keys) {
    return call(keys.next());
  }

  /** Two threads' calls with one key. */
  @Benchmark
  @Threads(2)
  public boolean sameKeyByTwo() {
    return call(shared);
  }

  /** A call that gets 429. */
  @Benchmark
  public Admission refused() {
    return quota.admit(usedUp, CALL);
  }

  private boolean call(ApiKey key) {
    if (quota.admit(key, CALL) instanceof Admitted(var reservation)) {
      reservation.settle(USED, OUTPUT_BYTES, false);
      return true;
    }
    throw new IllegalStateException("refused");
  }

  private ApiKey key(String id, long limit) {
    return QuotaKeys.key(id, limit, mode, Integer.MAX_VALUE);
  }

  private static void unwatched(String keyId) {
    // No key file to keep up to date.
  }

  /** The keys of a thread, one after the other. */
  @State(Scope.Thread)
  public static class Keys {
    private static final AtomicInteger THREADS = new AtomicInteger();

    private final ApiKey[] keys = new ApiKey[KEYS];
    private int at;

    /** For JMH. */
    public Keys() {}

    /** Makes them. */
    @Setup
    public void make(QuotaReservation benchmark) {
      int thread = THREADS.getAndIncrement();
      for (int i = 0; i < KEYS; i++) {
        keys[i] = benchmark.key("k_" + thread + "_" + i, Long.MAX_VALUE / 2);
      }
    }

    ApiKey next() {
      at = at + 1 == KEYS ? 0 : at + 1;
      return keys[at];
    }
  }
}
