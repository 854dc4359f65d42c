package dev.tallygate.auth;

import dev.tallygate.model.KeyDigest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lowest revision at which what was read about a digest can still be true. Thread-safe.
 *
 * <p>Bounded: when too many digests have a floor of their own, the highest of them becomes the
 * floor of all. That refuses some loads that were good, which are then made again; it never lets an
 * old one pass.
 */
final class RevisionFloors {
  private final int limit;
  private final ConcurrentHashMap<KeyDigest, Long> own = new ConcurrentHashMap<>();
  private volatile long common = Long.MIN_VALUE;

  RevisionFloors(int limit) {
    this.limit = limit;
  }

  /** Nothing read about {@code digest} before {@code revision} is true any more. */
  synchronized void raise(KeyDigest digest, long revision) {
    own.merge(digest, revision, Math::max);
    if (own.size() > limit) {
      long highest = common;
      for (long floor : own.values()) {
        highest = Math.max(highest, floor);
      }
      common = highest;
      own.clear();
    }
  }

  long of(KeyDigest digest) {
    // In this order: a floor is gone from the map only after the common one has risen to it.
    Long floor = own.get(digest);
    long least = common;
    return floor == null ? least : Math.max(floor, least);
  }
}
