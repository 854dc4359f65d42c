package dev.tallygate.auth;

/**
 * The key cache's counters since start or reset, and its size now: what {@code GET /cache-stats}
 * answers.
 *
 * @param hits look-ups answered from memory, those that said "no such key" included
 * @param misses look-ups that memory could not answer, or only past the TTL
 * @param hitRate hits in percent of all look-ups, two decimals; 0 when there were none
 * @param size keys held, those past their TTL included, which are kept for a store that fails
 * @param maxSize keys held at most
 * @param enabled whether the cache is on; off, nothing is counted
 * @param negativeHits the part of {@code hits} that said "no such key"
 * @param evictions keys dropped to make room
 * @param expirations entries found to be past their TTL, each counted once
 * @param invalidations entries dropped because their definition changed
 * @param loads questions to the store
 * @param loadFailures the part of {@code loads} that the store could not answer
 * @param staleServed answers given from entries past their TTL because the store failed
 * @param averageLoadMicros mean time of a load, failed ones included; 0 when there were none
 */
public record CacheStats(
    long hits,
    long misses,
    double hitRate,
    long size,
    long maxSize,
    boolean enabled,
    long negativeHits,
    long evictions,
    long expirations,
    long invalidations,
    long loads,
    long loadFailures,
    long staleServed,
    long averageLoadMicros) {}
