package dev.tallygate.auth;

/**
 * How much the cache tells in {@code [cache]} lines. They are all written at slf4j's level INFO to
 * the logger {@code tallygate.cache}, so that this setting alone decides: {@link #DEBUG} needs no
 * change of the log level of the whole gateway.
 */
public enum CacheLogLevel {
  /** Nothing. */
  NONE,
  /** Updates, invalidations and the warm-up, naming keys by their id. */
  INFO,
  /** Hits, misses and populations as well, naming keys by their first 8 characters. */
  DEBUG
}
