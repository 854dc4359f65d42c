package dev.tallygate.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 * The CPU time that recording adds to a request, the ledger's own thread included.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=LedgerPerRequest package</pre>
 *
 * <p>JMH's options may follow the name: {@code -Dbenchmark="LedgerPerRequest -p rate=20000"}. One
 * thread records at a steady rate (0: as fast as it can) with at most 64 calls waiting for their
 * commit, into a real ledger on disk with the default sync of 200 ms. The figure that counts is
 * {@code cpu}, the process's CPU time per call: {@code recorded} less {@code notRecorded}, which is
 * paced likewise and does all but the recording. It falls as the rate rises, for then more calls
 * share the commit of an interval, and calls that come as fast as they can fill the journal and
 * wait. The score itself is only the time between calls.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(1)
public class LedgerPerRequest {
  private static final int IN_FLIGHT = 64;
  private static final long CATCH_UP_NANOS = Duration.ofMillis(10).toNanos();

  /** Calls a second. */
  @Param({"1000", "5000", "20000", "0"})
  public int rate;

  private final Semaphore free = new Semaphore(IN_FLIGHT);
  private final Runnable committed = free::release;

  @SuppressWarnings("NullAway.Init")
  private LedgerLoad load;

  private long due;

  /** For JMH. */
  public LedgerPerRequest() {}

  /** Runs it with the process's CPU time beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(LedgerPerRequest.class, args, ProcessCpu.class);
  }

  /** Opens a ledger of its own. */
  @Setup
  public void open() throws IOException {
    load = new LedgerLoad(Duration.ofMillis(200));
    due = System.nanoTime();
  }

  /** Deletes it. */
  @TearDown
  public void close() throws IOException {
    load.close();
  }

  /** A call whose usage is recorded. */
  @Benchmark
  public void recorded() {
    awaitTurn();
    load.ledger().record(LedgerLoad.call(), committed);
  }

  /** A call whose usage nobody wants to know. */
  @Benchmark
  public Object notRecorded() {
    awaitTurn();
    Object usage = LedgerLoad.call();
    committed.run();
    return usage;
  }

  private void awaitTurn() {
    free.acquireUninterruptibly();
    if (rate == 0) {
      return;
    }
    long now = System.nanoTime();
    // What a pause of the machine has kept from being made is not made up for in one go.
    due = Math.max(due + 1_000_000_000 / rate, now - CATCH_UP_NANOS);
    while (due - now > 0) {
      LockSupport.parkNanos(this, due - now);
      now = System.nanoTime();
    }
  }
}
