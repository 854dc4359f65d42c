package dev.tallygate.quota;

import dev.tallygate.model.Ticker;

/** The clock that windows run on: milliseconds that look like the wall clock's and never step. */
final class WindowClock {
  /*
   * It is the monotonic clock, laid onto the wall clock once, at construction: were windows on the
   * wall clock itself, setting it forward would forget usage that is not 5 hours old, and setting it
   * back would keep usage for as long as it was set back. The wall clock serves only to date past
   * usage and to tell people when.
   */
  private final Ticker ticker;
  private final long originNanos;
  private final long originMillis;

  WindowClock(Ticker ticker) {
    this.ticker = ticker;
    this.originNanos = ticker.nanos();
    this.originMillis = ticker.epochMillis();
  }

  /** Now. */
  long millis() {
    return originMillis + (ticker.nanos() - originNanos) / 1_000_000;
  }

  /** How far the wall clock is ahead; negative when it was set back. */
  long wallAhead(long now) {
    return ticker.epochMillis() - now;
  }

  /**
   * What the wall clock will show, or showed, if it is not set, in seconds since the Unix epoch:
   * the two clocks, each read in whole milliseconds, differ by one now and then, and the same
   * window would seem to begin at another time.
   *
   * @param ahead how far it is ahead
   */
  static long wallSecond(long ahead, long millis) {
    return Math.floorDiv(millis + ahead + 500, 1_000L);
  }
}
