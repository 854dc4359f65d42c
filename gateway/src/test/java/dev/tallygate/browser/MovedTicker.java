package dev.tallygate.browser;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's clock, set back by so much, which a test can make up for step by step. */
final class MovedTicker implements Ticker {
  private final AtomicLong behindNanos;

  MovedTicker(Duration behind) {
    behindNanos = new AtomicLong(behind.toNanos());
  }

  @Override
  public long nanos() {
    return Ticker.system().nanos() - behindNanos.get();
  }

  @Override
  public long epochMillis() {
    return Ticker.system().epochMillis() - behindNanos.get() / 1_000_000;
  }

  /** Lets time pass, as long as that does not lead into the future. */
  void advance(Duration duration) {
    behindNanos.updateAndGet(behind -> Math.max(0, behind - Math.max(0, duration.toNanos())));
  }

  /** How far it is behind. */
  Duration behind() {
    return Duration.ofNanos(behindNanos.get());
  }
}
