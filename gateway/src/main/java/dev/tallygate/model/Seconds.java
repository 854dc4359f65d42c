package dev.tallygate.model;

import java.time.Duration;

/** Times in whole seconds, as headers and messages tell them. Stateless. */
public final class Seconds {
  private Seconds() {}

  /** Rounded up: whoever waits so long does not come too early. */
  public static long roundedUp(Duration time) {
    return time.plusNanos(999_999_999).toSeconds();
  }
}
