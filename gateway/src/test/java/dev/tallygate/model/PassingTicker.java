package dev.tallygate.model;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's clocks, ahead by as much time as a test lets pass at once. Thread-safe. */
public final class PassingTicker implements Ticker {
  private final AtomicLong aheadNanos = new AtomicLong();

  @Override
  public long nanos() {
    return Ticker.system().nanos() + aheadNanos.get();
  }

  @Override
  public long epochMillis() {
    return Ticker.system().epochMillis() + aheadNanos.get() / 1_000_000;
  }

  /** Lets time pass: both clocks move. */
  public void advance(Duration duration) {
    aheadNanos.addAndGet(duration.toNanos());
  }
}
