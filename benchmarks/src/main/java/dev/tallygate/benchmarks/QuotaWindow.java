package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.QuotaView;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * Adding to a key's rolling window of 5 hours, and looking at it, the window found by the key's id
 * and locked: nanoseconds and bytes. The window is full, each of its 301 minutes used.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=QuotaWindow package</pre>
 *
 * <p>The clock is set by hand: {@code add} and {@code check} stay within a minute, {@code
 * addInNextMinute} has a minute leave with each one that comes, and {@code addAfterIdleHours} comes
 * when all of the window but what was added last has long been over.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class QuotaWindow {
  private static final int MINUTES = 301;
  private static final long MINUTE_MILLIS = 60_000;
  private static final long IDLE_MILLIS = 6 * 60 * MINUTE_MILLIS;
  private static final long TOKENS = 900;
  private static final ApiKey KEY =
      QuotaKeys.key("k_0123456789ab", Long.MAX_VALUE, QuotaMode.ADAPTIVE, null);

  private final HandSetClock clock = new HandSetClock();

  @SuppressWarnings("NullAway.Init")
  private QuotaEnforcer quota;

  private long millis;

  /** For JMH. */
  public QuotaWindow() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(QuotaWindow.class, args, GCProfiler.class);
  }

  /** Fills the window. */
  @Setup(Level.Iteration)
  public void fill() {
    millis = 0;
    clock.set(0);
    quota =
        new QuotaEnforcer(
            clock,
            (since, sink) -> {},
            new ModelLimits(200_000, 131_072, 10_000),
            QuotaWindow::unwatched);
    for (int minute = 0; minute < MINUTES; minute++) {
      add(MINUTE_MILLIS);
    }
  }

  /** In the current minute. */
  @Benchmark
  public void add() {
    add(0);
  }

  /** In the minute after the last. */
  @Benchmark
  public void addInNextMinute() {
    add(MINUTE_MILLIS);
  }

  /** After a night. */
  @Benchmark
  public void addAfterIdleHours() {
    add(IDLE_MILLIS);
  }

  /** What is used and left, and when it resets. */
  @Benchmark
  public QuotaView check() {
    return quota.view(KEY);
  }

  private void add(long passed) {
    millis += passed;
    clock.set(millis);
    quota.used(KEY.id(), clock.epochMillis(), TOKENS);
  }

  private static void unwatched(String keyId) {
    // No key file to keep up to date.
  }
}
