package dev.tallygate.auth;

import java.time.Duration;

/**
 * How the key cache is to behave.
 *
 * @param enabled false: every request asks the store
 * @param maxSize keys held at most, at least 1
 * @param ttl how long a definition is served without asking the store; zero: not at all
 * @param warmUpOnStart whether all keys are loaded in the background at start
 * @param logLevel which {@code [cache]} lines are written
 */
public record CacheSettings(
    boolean enabled, int maxSize, Duration ttl, boolean warmUpOnStart, CacheLogLevel logLevel) {
  /** On, 1000 keys, 5 minutes, no warm-up, no log. */
  public static final CacheSettings DEFAULTS =
      new CacheSettings(true, 1_000, Duration.ofMinutes(5), false, CacheLogLevel.NONE);

  /** Checks the ranges. */
  public CacheSettings {
    if (maxSize < 1) {
      throw new IllegalArgumentException("maxSize: " + maxSize + " (expected: >= 1)");
    }
    if (ttl.isNegative()) {
      throw new IllegalArgumentException("ttl: " + ttl + " (expected: >= PT0S)");
    }
  }
}
