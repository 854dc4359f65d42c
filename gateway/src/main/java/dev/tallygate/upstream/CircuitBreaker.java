package dev.tallygate.upstream;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls away from an upstream that gives no sign of life, so that they fail at once instead
 * of waiting each for itself. Any answer, whatever its status, is a sign of life.
 *
 * <p>It opens when so many attempts have failed since the last one, lets a single one through after
 * each pause, which doubles, and closes when one is answered. An answer may be minutes in the
 * making, so the next probe does not wait for the last one's. Thread-safe; while all goes well a
 * call costs volatile reads, and a write of what all threads share comes every {@value
 * #ALIVE_MILLIS} ms at most.
 */
public final class CircuitBreaker {
  private static final long FIRST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(30).toNanos();

  /** How exactly the time of the last sign of life is kept. */
  private static final long ALIVE_MILLIS = 10;

  private static final long ALIVE_NANOS = Duration.ofMillis(ALIVE_MILLIS).toNanos();

  /** Leave to make one attempt. */
  public static final class Permit {
    private final long sinceNanos;

    private Permit(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }

    /** When it was given, by the monotonic clock. */
    public long sinceNanos() {
      return sinceNanos;
    }
  }

  private final Ticker ticker;
  private final RandomGenerator random;
  private volatile boolean troubled;
  private volatile long aliveNanos;

  // Guarded by this.
  private int threshold;
  private int failures;
  private boolean open;
  private @Nullable Permit probe;
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
    this.aliveNanos = ticker.nanos();
  }

  /** Changes how many failures in a row open it; 0: none do, and it closes. */
  public synchronized void threshold(int failuresInARow) {
    threshold = failuresInARow;
    if (threshold == 0) {
      close();
    }
  }

  /**
   * Asks for an attempt; null: it must not be made. One that was let through is followed by {@link
   * #alive}, {@link #failed} or {@link #undecided}.
   */
  public @Nullable Permit acquire() {
    Permit permit = new Permit(ticker.nanos());
    if (!troubled) {
      return permit;
    }
    synchronized (this) {
      if (!open) {
        return permit;
      }
      if (!isProbeDue()) {
        return null;
      }
      probe = permit;
      pauseNanos = Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos);
      pause();
      return permit;
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
    long now = ticker.nanos();
    if (troubled) {
      synchronized (this) {
        aliveNanos = now;
        close();
      }
    } else if (now - aliveNanos >= ALIVE_NANOS) {
      aliveNanos = now;
    }
  }

  /**
   * No connection could be had, or no answer came in time. Of an attempt from before the last sign
   * of life that says nothing: what was wrong then is over.
   *
   * @return whether it has opened by this
   */
  public synchronized boolean failed(Permit permit) {
    if (threshold == 0 || open || permit.sinceNanos - aliveNanos < 0) {
      return false;
    }
    troubled = true;
    failures++;
    if (failures < threshold) {
      return false;
    }
    open = true;
    openings++;
    pauseNanos = FIRST_PAUSE_NANOS;
    pause();
    return true;
  }

  /** The attempt ended without telling anything: the client left, or the connection was cut. */
  public synchronized void undecided(Permit permit) {
    if (open && permit == probe) {
      // The next takes its place, as if it had not been.
      probeAtNanos = ticker.nanos();
      pauseNanos = Math.max(FIRST_PAUSE_NANOS, pauseNanos / 2);
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

  private void close() {
    failures = 0;
    open = false;
    probe = null;
    troubled = false;
  }

  private void pause() {
    probeAtNanos = ticker.nanos() + (long) (pauseNanos * random.nextDouble(0.8, 1.2));
  }

  private boolean isProbeDue() {
    return ticker.nanos() - probeAtNanos >= 0;
  }
}
