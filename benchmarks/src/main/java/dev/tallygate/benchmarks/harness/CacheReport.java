package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The key cache's counters, as the gateway tells them.
 *
 * @param hits look-ups answered from memory, those that said "no such key" included
 * @param negativeHits the part of them that said so
 * @param misses look-ups that memory could not answer, of known and of unknown keys
 */
public record CacheReport(
    long hits,
    long misses,
    double hitRate,
    long size,
    long negativeHits,
    long evictions,
    long expirations,
    long invalidations,
    long loads,
    long loadFailures) {
  /** From an answer of {@code GET /cache-stats}. */
  public static CacheReport of(Answer answer) throws IOException {
    if (answer.status() != 200) {
      throw new IOException("/cache-stats answered " + answer.status() + ": " + answer.text());
    }
    return of(JsonMapper.shared().readTree(answer.text()));
  }

  public static CacheReport of(JsonNode stats) {
    return new CacheReport(
        stats.path("hits").longValue(),
        stats.path("misses").longValue(),
        stats.path("hitRate").doubleValue(),
        stats.path("size").longValue(),
        stats.path("negativeHits").longValue(),
        stats.path("evictions").longValue(),
        stats.path("expirations").longValue(),
        stats.path("invalidations").longValue(),
        stats.path("loads").longValue(),
        stats.path("loadFailures").longValue());
  }

  public long lookups() {
    return hits + misses;
  }
}
