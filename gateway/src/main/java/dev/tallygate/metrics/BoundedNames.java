package dev.tallygate.metrics;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The first so many names that come along; all later ones are {@value #OTHER}. So a client that
 * makes names up cannot make the metrics grow. Thread-safe.
 */
final class BoundedNames {
  static final String OTHER = "other";

  /** Longer ones are nobody's real name. */
  private static final int LONGEST = 128;

  private final int limit;
  private final ConcurrentHashMap<String, String> names = new ConcurrentHashMap<>();

  BoundedNames(int limit) {
    this.limit = limit;
  }

  /** The name itself, or {@value #OTHER}. */
  String of(String name) {
    String known = names.get(name);
    if (known != null) {
      return known;
    }
    return names.size() >= limit || name.length() > LONGEST ? OTHER : added(name);
  }

  private synchronized String added(String name) {
    if (names.size() < limit) {
      names.putIfAbsent(name, name);
    }
    return names.getOrDefault(name, OTHER);
  }
}
