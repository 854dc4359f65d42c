package dev.tallygate.model;

import java.time.Instant;

/**
 * The only source of time. Everything that depends on time is handed one, so that tests can turn
 * the hands.
 */
public interface Ticker {
  /** Nanoseconds from an arbitrary origin, monotonic; for durations and deadlines. */
  long nanos();

  /**
   * Milliseconds since the Unix epoch, as the wall clock says; may step. For windows and expiry.
   */
  long epochMillis();

  /** The wall clock's time. */
  default Instant now() {
    return Instant.ofEpochMilli(epochMillis());
  }

  /** The machine's clocks. */
  static Ticker system() {
    return SystemTicker.INSTANCE;
  }
}
