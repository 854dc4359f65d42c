package dev.tallygate.auth;

import java.util.concurrent.atomic.LongAdder;

/** What the cache counts. Striped, so that counting a hit shares no cache line between loops. */
final class CacheCounters {
  final LongAdder keyHits = new LongAdder();
  final LongAdder negativeHits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder evictions = new LongAdder();
  final LongAdder expirations = new LongAdder();
  final LongAdder invalidations = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder loadNanos = new LongAdder();
  final LongAdder staleServed = new LongAdder();

  CacheStats stats(long size, CacheSettings settings) {
    long negative = negativeHits.sum();
    long hits = keyHits.sum() + negative;
    long missed = misses.sum();
    long loaded = loads.sum();
    return new CacheStats(
        hits,
        missed,
        hits == 0 ? 0 : Math.round(10_000.0 * hits / (hits + missed)) / 100.0,
        size,
        settings.maxSize(),
        settings.enabled(),
        negative,
        evictions.sum(),
        expirations.sum(),
        invalidations.sum(),
        loaded,
        loadFailures.sum(),
        staleServed.sum(),
        loaded == 0 ? 0 : loadNanos.sum() / loaded / 1_000);
  }

  void reset() {
    keyHits.reset();
    negativeHits.reset();
    misses.reset();
    evictions.reset();
    expirations.reset();
    invalidations.reset();
    loads.reset();
    loadFailures.reset();
    loadNanos.reset();
    staleServed.reset();
  }
}
