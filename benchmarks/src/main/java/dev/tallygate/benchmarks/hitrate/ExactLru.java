package dev.tallygate.benchmarks.hitrate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The cache that the predecessor had: so many places, and who was asked for least recently goes
 * first. A key that does not exist takes a place like any other. Entries expire from write.
 */
final class ExactLru implements KeyMemory {
  private final Map<Integer, Long> writtenMillis;
  private final long ttlMillis;
  private final LongSupplier clock;

  /**
   * @param clock milliseconds from anywhere
   */
  ExactLru(int places, long ttlMillis, LongSupplier clock) {
    this.ttlMillis = ttlMillis;
    this.clock = clock;
    this.writtenMillis =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Integer, Long> eldest) {
            return size() > places;
          }
        };
  }

  @Override
  public boolean call(int key) {
    long now = clock.getAsLong();
    Long written = writtenMillis.get(key);
    if (written != null && now - written < ttlMillis) {
      return true;
    }
    writtenMillis.put(key, now);
    return false;
  }
}
