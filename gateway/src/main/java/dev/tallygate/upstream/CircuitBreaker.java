package dev.tallygate.upstream;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Keeps calls away from an upstream that gives no sign of life, so that they fail at once instead
 * of waiting each for itself. Any answer, whatever its status, is a sign of life.
 *
 * <p>It opens when so many attempts in a row have failed, lets a single one through after each
 * pause, and closes when one is answered; when one fails, the pause doubles. An answer may be
 * minutes in the making, so the next probe does not wait for the last one's. Thread-safe; while all
 * goes well a call costs two volatile reads.
 */
public final class CircuitBreaker {
  private static final long FIRST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(30).toNanos();

  /** Whether an attempt may be made. */
  public enum Permit {
    /** It may. */
    GRANTED,
    /** It may, and what becomes of it decides for all. */
    PROBE,
    /** It may not. */
    DENIED
  }

  private final int threshold;
  private final Ticker ticker;
  private final RandomGenerator random;
  private volatile boolean troubled;

  // Guarded by this.
  private int failures;
  private boolean open;
  private long pauseNanos;
  private long probeAtNanos;
  private long openings;

  /**
   * @param threshold failures in a row that open it; 0: it never opens
   * @param random spreads the pauses of several gateways
   */
  public CircuitBreaker(int threshold, Ticker ticker, RandomGenerator random) {
    this.threshold = threshold;
    this.ticker = ticker;
    this.random = random;
  }

  /**
   * Asks for an attempt. One that was let through is followed by {@link #alive}, {@link #failed} or
   * {@link #undecided}.
   */
  public Permit acquire() {
    if (!troubled) {
      return Permit.GRANTED;
    }
    synchronized (this) {
      if (!open) {
        return Permit.GRANTED;
      }
      if (!isProbeDue()) {
        return Permit.DENIED;
      }
      pause();
      return Permit.PROBE;
    }
  }

  /** Whether an attempt would be denied now; takes nothing. */
  public boolean isClosedToCalls() {
    if (!troubled) {
      return false;
    }
    synchronized (this) {
      return open && !isProbeDue();
    }
  }

  /** The upstream has answered, whatever it was. */
  public void alive() {
    if (troubled) {
      synchronized (this) {
        failures = 0;
        open = false;
        pauseNanos = 0;
        troubled = false;
      }
    }
  }

  /**
   * No connection could be had, or no answer came in time.
   *
   * @param permit that of the attempt
   * @return whether it has opened by this
   */
  public synchronized boolean failed(Permit permit) {
    if (threshold == 0 || (open && permit != Permit.PROBE)) {
      return false;
    }
    troubled = true;
    failures++;
    if (failures < threshold) {
      return false;
    }
    boolean opens = !open;
    if (opens) {
      openings++;
    }
    open = true;
    pauseNanos =
        pauseNanos == 0 ? FIRST_PAUSE_NANOS : Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos);
    pause();
    return opens;
  }

  /** The attempt ended without telling anything: the client left, or the connection was cut. */
  public synchronized void undecided(Permit permit) {
    if (permit == Permit.PROBE) {
      probeAtNanos = ticker.nanos();
    }
  }

  /** Whether it is open. */
  public synchronized boolean isOpen() {
    return open;
  }

  /** Failures in a row. */
  public synchronized int failures() {
    return failures;
  }

  /** How often it has opened. */
  public synchronized long openings() {
    return openings;
  }

  /** How long until the next attempt is let through. */
  public synchronized Duration retryAfter() {
    return Duration.ofNanos(Math.max(0, probeAtNanos - ticker.nanos()));
  }

  private void pause() {
    probeAtNanos = ticker.nanos() + (long) (pauseNanos * random.nextDouble(0.8, 1.2));
  }

  private boolean isProbeDue() {
    return ticker.nanos() - probeAtNanos >= 0;
  }
}
