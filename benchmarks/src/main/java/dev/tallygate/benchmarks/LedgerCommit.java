package dev.tallygate.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * How many usage records a second the ledger sustains, and how long each waits until it is told
 * that it is committed: on its own thread at once where the journal takes it.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=LedgerCommit package</pre>
 *
 * <p>Two threads stand for two event loops. Together they keep a number of calls in flight: as soon
 * as one is committed its thread records the next, so that this is the most that so many calls can
 * bring about: far more than a gateway has, so that now and then the journal is full, and calls
 * wait for the database. The ledger is a real one on disk. Each setting runs for 5 seconds to warm
 * up and then for 20, or the number of seconds that is given after the name; afterwards the ledger
 * must have every call on record. Printed: records a second on average and in the slowest second,
 * the wait from {@code record} to its callback in µs, and what the whole process, the two threads
 * included, used of the CPU for one record.
 */
public final class LedgerCommit {
  private static final int WARM_UP_SECONDS = 5;
  private static final int LOOPS = 2;
  private static final List<Duration> SYNCS = List.of(Duration.ofMillis(200), Duration.ZERO);
  private static final List<Integer> IN_FLIGHT = List.of(64, 256, 1_024);

  private final LedgerLoad load;
  private final List<Loop> loops = new ArrayList<>();
  private volatile boolean measuring;
  private volatile boolean stopping;

  private LedgerCommit(LedgerLoad load, int inFlight) {
    this.load = load;
    for (int i = 0; i < LOOPS; i++) {
      loops.add(new Loop(inFlight / LOOPS));
    }
  }

  /** Takes the number of seconds a setting. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    System.out.println("sync_ms  in_flight  records/s  slowest_s  p50_us  p99_us  p999_us  cpu_us");
    for (Duration sync : SYNCS) {
      for (int inFlight : IN_FLIGHT) {
        LedgerLoad load = new LedgerLoad(sync);
        LedgerCommit run = new LedgerCommit(load, inFlight);
        String result = run.measure(seconds);
        load.close(run.committed());
        System.out.printf("%7d  %9d  %s%n", sync.toMillis(), inFlight, result);
      }
    }
  }

  private String measure(int seconds) throws InterruptedException {
    loops.forEach(Loop::start);
    Thread.sleep(Duration.ofSeconds(WARM_UP_SECONDS));
    measuring = true;
    long cpuAtStart = cpuNanos();
    long start = System.nanoTime();
    long first = committed();
    double slowest = Double.MAX_VALUE;
    for (int i = 0; i < seconds; i++) {
      long at = System.nanoTime();
      long before = committed();
      Thread.sleep(Duration.ofSeconds(1));
      slowest = Math.min(slowest, rate(committed() - before, System.nanoTime() - at));
    }
    long count = committed() - first;
    double rate = rate(count, System.nanoTime() - start);
    long cpu = cpuNanos() - cpuAtStart;
    measuring = false;
    stopping = true;
    Latencies latencies = new Latencies();
    for (Loop loop : loops) {
      loop.join();
      latencies.add(loop.latencies);
    }
    return "%9.0f  %9.0f  %6d  %6d  %7d  %6.2f"
        .formatted(
            rate,
            slowest,
            latencies.percentile(0.5),
            latencies.percentile(0.99),
            latencies.percentile(0.999),
            cpu / 1_000.0 / count);
  }

  private long committed() {
    return loops.stream().mapToLong(loop -> loop.committed).sum();
  }

  private static double rate(long count, long nanos) {
    return count * 1e9 / nanos;
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** A thread that records, and is told of commits, as an event loop is. */
  private final class Loop {
    private final Queue<Call> done = new ConcurrentLinkedQueue<>();
    private final Latencies latencies = new Latencies();
    private final int calls;
    private final Thread thread;
    private volatile boolean parked;
    private volatile long committed; // written by the loop's thread alone

    Loop(int calls) {
      this.calls = calls;
      this.thread = Thread.ofPlatform().name("loop").unstarted(this::run);
    }

    void start() {
      thread.start();
    }

    void join() throws InterruptedException {
      thread.join();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
    private void run() {
      for (int i = 0; i < calls; i++) {
        new Call(this).record();
      }
      int running = calls;
      while (running > 0) {
        Call call = done.poll();
        if (call == null) {
          await();
          continue;
        }
        committed++;
        if (measuring) {
          latencies.add(call.waited);
        }
        if (stopping) {
          running--;
        } else {
          call.record();
        }
      }
    }

    private void await() {
      parked = true;
      if (done.isEmpty()) {
        LockSupport.park(this);
      }
      parked = false;
    }

    /** On this thread, or on the ledger's. */
    void committed(Call call) {
      done.add(call);
      if (parked) {
        LockSupport.unpark(thread);
      }
    }
  }

  /** A client that makes one call after the other. */
  private final class Call implements Runnable {
    private final Loop loop;
    private long recordedAt;
    private long waited;

    Call(Loop loop) {
      this.loop = loop;
    }

    void record() {
      recordedAt = System.nanoTime();
      load.ledger().record(LedgerLoad.call(), this);
    }

    @Override
    public void run() {
      waited = System.nanoTime() - recordedAt;
      loop.committed(this);
    }
  }
}
