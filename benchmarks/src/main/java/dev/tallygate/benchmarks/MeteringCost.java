package dev.tallygate.benchmarks;

import dev.tallygate.metrics.CallMeters;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.FinishedExchanges;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Call;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
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
 * What metrics add to a call: a finished one is counted by route, status, key, model, kinds of
 * token and three times. Nanoseconds that each thread takes, and bytes.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=MeteringCost package</pre>
 *
 * <p>All threads call with the same thousand keys, in turn. {@code maxKeys} as in {@code
 * METRICS_MAX_KEYS}: with 100 most calls are counted as others'.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MeteringCost {
  private static final int KEYS = 1_000;
  private static final Call CALL =
      new Call(true, "glm-4.7", 300, 0, false, OptionalLong.of(4_096), 1);

  /** How many keys are told apart. */
  @Param({"1000", "100"})
  public int maxKeys = KEYS;

  private final Exchange[] exchanges = new Exchange[KEYS];

  @SuppressWarnings("NullAway.Init")
  private CallMeters meters;

  /** A thread's place among the exchanges. */
  @State(Scope.Thread)
  public static class Turn {
    private int next;
  }

  /** For JMH. */
  public MeteringCost() {}

  /** Ends a call of each key. */
  @Setup
  public void endCalls() throws InterruptedException {
    QuotaEnforcer quota =
        new QuotaEnforcer(
            Ticker.system(), (since, sink) -> {}, new ModelLimits(1000, 1000, 1000), id -> {});
    try (FinishedExchanges finished = new FinishedExchanges()) {
      for (int i = 0; i < KEYS; i++) {
        ApiKey key = QuotaKeys.key("k_" + i, Long.MAX_VALUE, QuotaMode.ADAPTIVE, null);
        if (!(quota.admit(key, CALL) instanceof Admitted admitted)) {
          throw new IllegalStateException("a call was refused");
        }
        exchanges[i] = finished.of(key, admitted.reservation());
      }
    }
    meters = new CallMeters(maxKeys);
  }

  /** One event loop. */
  @Benchmark
  public void one(Turn turn) {
    count(turn);
  }

  /** Two event loops. */
  @Benchmark
  @Threads(2)
  public void two(Turn turn) {
    count(turn);
  }

  private void count(Turn turn) {
    turn.next = (turn.next + 1) % KEYS;
    meters.finished(exchanges[turn.next]);
  }

  /** Runs it. */
  public static void main(String... args) throws RunnerException, CommandLineOptionException {
    Jmh.run(MeteringCost.class, args, GCProfiler.class);
  }
}
