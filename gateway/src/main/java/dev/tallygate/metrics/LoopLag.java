package dev.tallygate.metrics;

import dev.tallygate.model.Ticker;
import dev.tallygate.model.Times;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How late event loops come to what is due: each is given a small task several times a second.
 * Thread-safe.
 */
final class LoopLag {
  private static final long INTERVAL_NANOS = Duration.ofMillis(250).toNanos();

  /** Upper bounds of the buckets in seconds, for what should take no time. */
  private static final double[] BOUNDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5
  };

  private final Ticker ticker;
  private final List<Turns> loops;

  /** Gives the loops their tasks, until they stop. */
  LoopLag(Collection<? extends ScheduledExecutorService> loops, Ticker ticker) {
    this.ticker = ticker;
    this.loops = loops.stream().map(loop -> new Turns(ticker.nanos())).toList();
    int i = 0;
    for (ScheduledExecutorService loop : loops) {
      var _ =
          loop.scheduleWithFixedDelay(
              this.loops.get(i++), INTERVAL_NANOS, INTERVAL_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** How late each task was, on all loops. */
  Times times() {
    Times all = new Times(BOUNDS);
    loops.forEach(loop -> all.addAll(loop.times));
    return all;
  }

  /** How late the task is that has been due longest, on the loop where that is longest; or 0. */
  long stalledNanos() {
    long now = ticker.nanos();
    return loops.stream().mapToLong(loop -> loop.late(now)).max().orElse(0);
  }

  /** One loop's task. */
  private final class Turns implements Runnable {
    private final Times times = new Times(BOUNDS);
    private volatile long last;

    Turns(long now) {
      last = now;
    }

    long late(long now) {
      return Math.max(0, now - last - INTERVAL_NANOS);
    }

    @Override
    public void run() {
      long now = ticker.nanos();
      times.add(late(now));
      last = now;
    }
  }
}
