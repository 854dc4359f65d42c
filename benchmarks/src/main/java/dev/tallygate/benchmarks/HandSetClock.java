package dev.tallygate.benchmarks;

import dev.tallygate.model.Ticker;

/** A clock that shows what it was set to, so that hours pass in moments. For one thread. */
public final class HandSetClock implements Ticker {
  private static final long START_MILLIS = 1_800_000_000_000L;

  private long millis = START_MILLIS;

  /** A clock at its start. */
  public HandSetClock() {}

  /** Sets it to so many milliseconds after its start. */
  public void set(long millisPassed) {
    millis = START_MILLIS + millisPassed;
  }

  @Override
  public long nanos() {
    return (millis - START_MILLIS) * 1_000_000;
  }

  @Override
  public long epochMillis() {
    return millis;
  }
}
