package dev.tallygate.model;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** A clock whose hands the test turns. Starts at 2026-01-18T12:00:00Z. Thread-safe. */
public final class FakeTicker implements Ticker {
  /** Where every fake clock starts. */
  public static final Instant START = Instant.parse("2026-01-18T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong(1_000_000_007L);
  private final AtomicLong wallNanosPastStart = new AtomicLong();

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public long epochMillis() {
    return now().toEpochMilli();
  }

  @Override
  public Instant now() {
    return START.plusNanos(wallNanosPastStart.get());
  }

  /** Lets time pass: both clocks move. */
  public void advance(Duration duration) {
    nanos.addAndGet(duration.toNanos());
    wallNanosPastStart.addAndGet(duration.toNanos());
  }

  /** Sets the wall clock forward, or backward when negative; no time passes. */
  public void stepWallClock(Duration duration) {
    wallNanosPastStart.addAndGet(duration.toNanos());
  }
}
