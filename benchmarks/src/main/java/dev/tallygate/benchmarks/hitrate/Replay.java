package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.HandSetClock;
import java.time.Duration;
import java.util.BitSet;

/** Plays traces to caches: which calls were answered from memory. For one thread. */
final class Replay {
  private static final Duration FOR_EVER = Duration.ofDays(10_000);

  private final Definitions definitions = new Definitions();

  /** With a clock that stands still: nothing expires. */
  BitSet hits(Policy policy, int places, int[] keys) {
    return hits(policy, places, FOR_EVER, keys, new long[keys.length]);
  }

  /**
   * With the time of each call.
   *
   * @param ttl zero: nothing expires
   */
  BitSet hits(Policy policy, int places, Duration ttl, int[] keys, long[] atMillis) {
    Coin.reset();
    HandSetClock clock = new HandSetClock();
    KeyMemory memory = policy.create(places, ttl.isZero() ? FOR_EVER : ttl, clock, definitions);
    BitSet hits = new BitSet(keys.length);
    for (int at = 0; at < keys.length; at++) {
      clock.set(atMillis[at]);
      hits.set(at, memory.call(keys[at]));
    }
    return hits;
  }
}
