package dev.tallygate.auth;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeyCacheTest {
  private static final Duration TTL = Duration.ofMinutes(5);

  private final FakeTicker ticker = new FakeTicker();
  private KeyCache cache = cache(1_000, TTL);

  private KeyCache cache(int maxSize, Duration ttl) {
    return new KeyCache(new CacheSettings(true, maxSize, ttl, false, CacheLogLevel.NONE), ticker);
  }

  private void put(String secret) {
    put(secret, ApiKeys.key(secret), 1);
  }

  private boolean put(String secret, @Nullable ApiKey key, long revision) {
    return cache.put(KeyDigest.of(secret), new Lookup(key, revision), secret);
  }

  private @Nullable Lookup get(String secret) {
    return cache.get(KeyDigest.of(secret), secret);
  }

  private boolean contains(String secret) {
    return cache.contains(KeyDigest.of(secret));
  }

  @Nested
  class Basics {
    @Test
    void get_returnsWhatWasPut() {
      ApiKey key = ApiKeys.key("pk_a");
      put("pk_a", key, 7);
      assertThat(get("pk_a")).isEqualTo(new Lookup(key, 7));
    }

    @Test
    void get_ofUnknownDigest_isNull() {
      assertThat(get("pk_a")).isNull();
    }

    @Test
    void put_replacesTheDefinition() {
      put("pk_a");
      ApiKey renamed = ApiKeys.with("pk_a").name("Other").make();
      put("pk_a", renamed, 2);
      assertThat(get("pk_a")).isEqualTo(new Lookup(renamed, 2));
      assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void absence_isRemembered() {
      put("pk_a", null, 1);
      assertThat(get("pk_a")).isEqualTo(new Lookup(null, 1));
      // The predecessor counted absences in its size; here they have room of their own.
      assertThat(cache.size()).isZero();
      assertThat(cache.absences()).isEqualTo(1);
    }

    @Test
    void size_countsKeys() {
      assertThat(cache.size()).isZero();
      put("pk_a");
      put("pk_b");
      put("pk_b");
      assertThat(cache.size()).isEqualTo(2);
    }

    @Test
    void disabledCache_holdsAndCountsNothing() {
      cache = new KeyCache(new CacheSettings(false, 10, TTL, false, CacheLogLevel.DEBUG), ticker);
      try (CacheLines log = new CacheLines()) {
        assertThat(put("pk_a", ApiKeys.key("pk_a"), 1)).isTrue();
        assertThat(get("pk_a")).isNull();
        assertThat(log.lines()).isEmpty();
      }
      cache.loaded(1_000, true);
      assertThat(contains("pk_a")).isFalse();
      assertThat(cache.stats())
          .isEqualTo(new CacheStats(0, 0, 0, 0, 10, false, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void settings_areChecked() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new CacheSettings(true, 0, TTL, false, CacheLogLevel.NONE))
          .withMessage("maxSize: 0 (expected: >= 1)");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> new CacheSettings(true, 1, Duration.ofMillis(-1), false, CacheLogLevel.NONE))
          .withMessage("ttl: PT-0.001S (expected: >= PT0S)");
    }
  }

  @Nested
  class Ttl {
    @Test
    void entry_answersUntilItsTtlIsOver() {
      put("pk_a");
      ticker.advance(TTL.minusNanos(1));
      assertThat(get("pk_a")).isNotNull();
      ticker.advance(Duration.ofNanos(1));
      assertThat(get("pk_a")).isNull();
    }

    @Test
    void expiredEntry_isKeptForAStoreThatFails() {
      // The predecessor removed it at that point; here it stays, bounded in time and number.
      put("pk_a");
      ticker.advance(TTL);
      assertThat(get("pk_a")).isNull();
      assertThat(cache.size()).isEqualTo(1);
      assertThat(cache.stale(KeyDigest.of("pk_a"))).isNotNull();
      ticker.advance(Duration.ofHours(1).minusNanos(1));
      assertThat(cache.stale(KeyDigest.of("pk_a"))).isNotNull();
      ticker.advance(Duration.ofNanos(1));
      assertThat(cache.stale(KeyDigest.of("pk_a"))).isNull();
    }

    @Test
    void expiry_countsAsMissAndOnceAsExpiration() {
      put("pk_a");
      ticker.advance(TTL);
      assertThat(get("pk_a")).isNull();
      assertThat(get("pk_a")).isNull();
      assertThat(cache.stats().misses()).isEqualTo(2);
      assertThat(cache.stats().expirations()).isEqualTo(1);
    }

    @Test
    void defaultTtl_isFiveMinutes() {
      assertThat(CacheSettings.DEFAULTS.ttl()).isEqualTo(Duration.ofMinutes(5));
      assertThat(CacheSettings.DEFAULTS.maxSize()).isEqualTo(1_000);
      assertThat(CacheSettings.DEFAULTS.enabled()).isTrue();
    }

    @Test
    void absence_hasAShorterTtlOfItsOwn() {
      // The predecessor could override the TTL for any entry; here one kind of entry has its own.
      put("pk_a", null, 1);
      ticker.advance(Duration.ofSeconds(5).minusNanos(1));
      assertThat(get("pk_a")).isNotNull();
      ticker.advance(Duration.ofNanos(1));
      assertThat(get("pk_a")).isNull();
      assertThat(cache.stats().expirations()).isEqualTo(1);
    }

    @Test
    void absence_livesNoLongerThanTheTtl() {
      cache = cache(10, Duration.ofMillis(100));
      put("pk_a", null, 1);
      ticker.advance(Duration.ofMillis(100));
      assertThat(get("pk_a")).isNull();
    }

    @Test
    void put_startsTheTtlAgain() {
      put("pk_a");
      ticker.advance(TTL.minusSeconds(1));
      put("pk_a");
      ticker.advance(TTL.minusSeconds(1));
      assertThat(get("pk_a")).isNotNull();
    }

    @Test
    void get_doesNotStartTheTtlAgain() {
      put("pk_a");
      ticker.advance(TTL.minusSeconds(1));
      assertThat(get("pk_a")).isNotNull();
      ticker.advance(Duration.ofSeconds(1));
      assertThat(get("pk_a")).isNull();
    }

    @Test
    void zeroTtl_neverAnswers() {
      cache = cache(10, Duration.ZERO);
      put("pk_a");
      put("pk_b", null, 1);
      assertThat(get("pk_a")).isNull();
      assertThat(get("pk_b")).isNull();
      assertThat(contains("pk_a")).isFalse();
    }

    @Test
    void veryShortTtl_expires() {
      cache = cache(10, Duration.ofNanos(1));
      put("pk_a");
      assertThat(get("pk_a")).isNotNull();
      ticker.advance(Duration.ofNanos(1));
      assertThat(get("pk_a")).isNull();
    }

    @Test
    void veryLongTtl_doesNotOverflow() {
      cache = cache(10, Duration.ofMillis(Long.MAX_VALUE));
      put("pk_a");
      ticker.advance(Duration.ofDays(10_000));
      assertThat(get("pk_a")).isNotNull();
      assertThat(cache.stale(KeyDigest.of("pk_a"))).isNotNull();
    }

    @Test
    void wallClock_hasNoSay() {
      put("pk_a");
      ticker.stepWallClock(Duration.ofDays(365));
      assertThat(get("pk_a")).isNotNull();
    }

    @Test
    void refresh_isDueOnceInTheLastQuarter() {
      put("pk_a");
      CacheEntry entry = requireNonNull(cache.find(KeyDigest.of("pk_a"), "pk_a"));
      ticker.advance(TTL.multipliedBy(3).dividedBy(4).minusNanos(1));
      assertThat(cache.isRefreshDue(entry)).isFalse();
      ticker.advance(Duration.ofNanos(1));
      assertThat(cache.isRefreshDue(entry)).isTrue();
      assertThat(cache.isRefreshDue(entry)).isFalse();
    }
  }

  /*
   * The predecessor evicted strictly what was used least recently. Here frequency counts as well, so
   * that one pass over many keys does not push out those in use; what is promised is the bound, that
   * the newest entry is there, and that keys in use stay.
   */
  @Nested
  class Eviction {
    @Test
    void size_neverExceedsTheMaximum() {
      cache = cache(10, TTL);
      for (int i = 0; i < 100; i++) {
        put("pk_" + i);
        assertThat(cache.size()).isLessThanOrEqualTo(10);
      }
      assertThat(cache.size()).isEqualTo(10);
      assertThat(cache.stats().evictions()).isEqualTo(90);
    }

    @Test
    void size_neverExceedsTheMaximum_whileManyPut() throws Exception {
      cache = cache(20, TTL);
      CountDownLatch start = new CountDownLatch(1);
      try (var pool = Executors.newFixedThreadPool(9)) {
        List<Future<?>> writers = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
          int from = t * 5_000;
          writers.add(
              pool.submit(() -> {
                start.await();
                for (int i = from; i < from + 5_000; i++) {
                  put("pk_" + i, i % 2 == 0 ? ApiKeys.key("pk_" + i) : null, 1);
                }
                return null;
              }));
        }
        Future<List<Long>> sizes =
            pool.submit(() -> {
              start.await();
              List<Long> seen = new ArrayList<>();
              do {
                seen.add(cache.size());
                seen.add(cache.absences() * 10);
              } while (!writers.stream().allMatch(Future::isDone));
              return seen;
            });
        start.countDown();
        for (Future<?> writer : writers) {
          writer.get();
        }
        assertThat(sizes.get()).isNotEmpty().allMatch(size -> size <= 20);
      }
      assertThat(cache.size()).isEqualTo(20);
      assertThat(cache.absences()).isEqualTo(2);
    }

    @Test
    void newestEntry_isThere() {
      cache = cache(10, TTL);
      for (int i = 0; i < 100; i++) {
        put("pk_" + i);
        assertThat(contains("pk_" + i)).isTrue();
      }
    }

    @Test
    void keysInUse_surviveAScan() {
      cache = cache(100, TTL);
      List<String> busy = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        busy.add("pk_busy_" + i);
        put("pk_busy_" + i);
      }
      for (int round = 0; round < 10; round++) {
        busy.forEach(KeyCacheTest.this::get);
      }
      for (int i = 0; i < 2_000; i++) {
        put("pk_once_" + i);
        get(busy.get(i % busy.size()));
      }
      assertThat(busy).allMatch(KeyCacheTest.this::contains);
    }

    @Test
    void replacing_evictsNothing() {
      cache = cache(2, TTL);
      put("pk_a");
      put("pk_b");
      for (int i = 2; i < 20; i++) {
        put("pk_a", ApiKeys.key("pk_a"), i);
      }
      assertThat(contains("pk_a")).isTrue();
      assertThat(contains("pk_b")).isTrue();
      assertThat(cache.stats().evictions()).isZero();
    }

    @Test
    void unknownKeys_evictNoKnownOne() {
      cache = cache(100, TTL);
      for (int i = 0; i < 100; i++) {
        put("pk_" + i);
      }
      for (int i = 0; i < 5_000; i++) {
        put("guess_" + i, null, 1);
      }
      for (int i = 0; i < 100; i++) {
        assertThat(contains("pk_" + i)).isTrue();
      }
      assertThat(cache.absences()).isEqualTo(10);
      assertThat(cache.stats().evictions()).isZero();
    }
  }

  @Nested
  class Statistics {
    @Test
    void hits_includeAbsences() {
      put("pk_a");
      put("pk_b", null, 1);
      get("pk_a");
      get("pk_a");
      get("pk_b");
      assertThat(cache.stats().hits()).isEqualTo(3);
      assertThat(cache.stats().negativeHits()).isEqualTo(1);
      assertThat(cache.stats().misses()).isZero();
    }

    @Test
    void misses_areCounted() {
      get("pk_a");
      get("pk_a");
      assertThat(cache.stats().misses()).isEqualTo(2);
      assertThat(cache.stats().hits()).isZero();
    }

    @Test
    void hitRate_isPercentWithTwoDecimals() {
      put("pk_a");
      get("pk_a");
      get("pk_a");
      get("pk_none");
      assertThat(cache.stats().hitRate()).isEqualTo(66.67);
    }

    @Test
    void hitRate_isZeroWhenUnused() {
      assertThat(cache.stats().hitRate()).isZero();
      get("pk_none");
      assertThat(cache.stats().hitRate()).isZero();
    }

    @Test
    void sizes_areReported() {
      put("pk_a");
      assertThat(cache.stats().size()).isEqualTo(1);
      assertThat(cache.stats().maxSize()).isEqualTo(1_000);
      assertThat(cache.stats().enabled()).isTrue();
    }

    @Test
    void resetStats_setsCountersBackAndKeepsEntries() {
      put("pk_a");
      get("pk_a");
      get("pk_b");
      cache.loaded(5_000, true);
      cache.staleServed();
      cache.invalidate(KeyDigest.of("pk_x"));
      cache.resetStats();
      assertThat(cache.stats())
          .isEqualTo(new CacheStats(0, 0, 0, 1, 1_000, true, 0, 0, 0, 0, 0, 0, 0, 0));
      assertThat(contains("pk_a")).isTrue();
    }

    @Test
    void eviction_leavesHitsAndMissesAlone() {
      cache = cache(1, TTL);
      put("pk_a");
      get("pk_a");
      put("pk_b");
      put("pk_c");
      assertThat(cache.stats().hits()).isEqualTo(1);
      assertThat(cache.stats().misses()).isZero();
      assertThat(cache.stats().evictions()).isEqualTo(2);
    }

    @Test
    void clear_keepsTheCounters() {
      put("pk_a");
      get("pk_a");
      get("pk_b");
      cache.clear();
      assertThat(cache.stats().hits()).isEqualTo(1);
      assertThat(cache.stats().misses()).isEqualTo(1);
      assertThat(cache.stats().evictions()).isZero();
    }

    @Test
    void loads_areAveraged() {
      cache.loaded(1_000_000, false);
      cache.loaded(3_000_000, true);
      assertThat(cache.stats().loads()).isEqualTo(2);
      assertThat(cache.stats().loadFailures()).isEqualTo(1);
      assertThat(cache.stats().averageLoadMicros()).isEqualTo(2_000);
    }
  }

  @Nested
  class Contains {
    @Test
    void contains_tellsWhatGetWould() {
      put("pk_a");
      put("pk_b", null, 1);
      assertThat(contains("pk_a")).isTrue();
      assertThat(contains("pk_b")).isTrue();
      assertThat(contains("pk_c")).isFalse();
      ticker.advance(TTL);
      assertThat(contains("pk_a")).isFalse();
      assertThat(contains("pk_b")).isFalse();
    }

    @Test
    void contains_countsNothing() {
      put("pk_a");
      contains("pk_a");
      contains("pk_b");
      ticker.advance(TTL);
      contains("pk_a");
      CacheStats stats = cache.stats();
      assertThat(stats.hits() + stats.misses() + stats.expirations()).isZero();
    }

    @Test
    void contains_doesNotMakeAKeyCountAsUsed() {
      cache = cache(2, TTL);
      put("pk_old");
      put("pk_used");
      for (int i = 0; i < 20; i++) {
        contains("pk_old");
        get("pk_used");
      }
      put("pk_new");
      assertThat(contains("pk_old")).isFalse();
      assertThat(contains("pk_used")).isTrue();
    }
  }

  @Nested
  class Invalidate {
    @Test
    void invalidate_removesOneEntry() {
      put("pk_a");
      put("pk_b");
      put("pk_c");
      for (String secret : List.of("pk_b", "pk_a", "pk_c")) { // the middle, oldest, newest
        cache.invalidate(KeyDigest.of(secret));
        assertThat(get(secret)).isNull();
      }
      assertThat(cache.size()).isZero();
      assertThat(cache.stats().invalidations()).isEqualTo(3);
    }

    @Test
    void invalidate_ofUnknownDigest_doesNothing() {
      put("pk_a");
      cache.invalidate(KeyDigest.of("pk_b"));
      cache.invalidate(Set.of(KeyDigest.of("pk_b")), 9);
      assertThat(contains("pk_a")).isTrue();
      assertThat(cache.stats().invalidations()).isZero();
    }

    @Test
    void invalidatedAbsence_isForgottenAtOnce() {
      put("pk_a", null, 1);
      cache.invalidate(Set.of(KeyDigest.of("pk_a")), 2);
      assertThat(get("pk_a")).isNull();
      assertThat(cache.absences()).isZero();
      assertThat(cache.stats().invalidations()).isEqualTo(1);
    }

    @Test
    void invalidatedEntry_isNotServedStale() {
      put("pk_a");
      cache.invalidate(Set.of(KeyDigest.of("pk_a")), 2);
      assertThat(cache.stale(KeyDigest.of("pk_a"))).isNull();
    }

    @Test
    void loadFromBeforeAChange_isRefused() {
      cache.invalidate(Set.of(KeyDigest.of("pk_a")), 5);
      assertThat(put("pk_a", ApiKeys.key("pk_a"), 4)).isFalse();
      assertThat(put("pk_a", null, 4)).isFalse();
      assertThat(get("pk_a")).isNull();
      assertThat(put("pk_a", ApiKeys.key("pk_a"), 5)).isTrue();
      assertThat(put("pk_b", ApiKeys.key("pk_b"), 4)).isTrue();
    }

    @Test
    void olderLoad_neverOverwritesANewerOne() {
      ApiKey renamed = ApiKeys.with("pk_a").name("Other").make();
      put("pk_a", renamed, 5);
      assertThat(put("pk_a", ApiKeys.key("pk_a"), 4)).isFalse();
      assertThat(put("pk_a", null, 4)).isFalse();
      assertThat(get("pk_a")).isEqualTo(new Lookup(renamed, 5));
      put("pk_b", null, 5);
      assertThat(put("pk_b", ApiKeys.key("pk_b"), 4)).isFalse();
      assertThat(get("pk_b")).isEqualTo(new Lookup(null, 5));
    }

    @Test
    void lateNotice_sparesWhatIsAlreadyNewer() {
      put("pk_a", ApiKeys.key("pk_a"), 6);
      put("pk_b", null, 6);
      cache.invalidate(Set.of(KeyDigest.of("pk_a"), KeyDigest.of("pk_b")), 6);
      assertThat(contains("pk_a")).isTrue();
      assertThat(contains("pk_b")).isTrue();
      assertThat(cache.stats().invalidations()).isZero();
    }

    @Test
    void manyChanges_neverLetAnOldLoadPass() {
      List<KeyDigest> digests = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        digests.add(KeyDigest.of("pk_" + i));
        cache.invalidate(Set.of(digests.get(i)), 10 + i);
      }
      for (int i = 0; i < 10_000; i++) {
        assertThat(cache.put(digests.get(i), new Lookup(null, 9 + i))).isFalse();
      }
      assertThat(cache.put(digests.get(0), new Lookup(null, 10_010))).isTrue();
    }

    @Test
    void absenceThatBecomesAKey_isReplaced() {
      put("pk_a", null, 1);
      put("pk_a", ApiKeys.key("pk_a"), 2);
      assertThat(get("pk_a")).isEqualTo(new Lookup(ApiKeys.key("pk_a"), 2));
      assertThat(cache.absences()).isZero();
    }
  }

  @Nested
  class Clear {
    @Test
    void clear_removesKeysAndAbsences() {
      put("pk_a");
      put("pk_b", null, 1);
      cache.clear();
      assertThat(get("pk_a")).isNull();
      assertThat(get("pk_b")).isNull();
      assertThat(cache.size() + cache.absences()).isZero();
    }

    @Test
    void clear_ofEmptyCache_doesNothing() {
      cache.clear();
      assertThat(cache.size()).isZero();
    }

    @Test
    void cache_worksOnAfterClear() {
      put("pk_a");
      cache.clear();
      put("pk_a");
      put("pk_b");
      assertThat(get("pk_a")).isNotNull();
      assertThat(cache.size()).isEqualTo(2);
    }

    @Test
    void clear_keepsTheKnowledgeOfChanges() {
      cache.invalidate(Set.of(KeyDigest.of("pk_a")), 5);
      cache.clear();
      assertThat(put("pk_a", ApiKeys.key("pk_a"), 4)).isFalse();
    }
  }

  @Nested
  class Edges {
    @Test
    void emptyCache_answersEverything() {
      assertThat(get("pk_a")).isNull();
      assertThat(contains("pk_a")).isFalse();
      assertThat(cache.stats().size()).isZero();
    }

    @Test
    void anySecret_canBeAKey() {
      for (String secret : List.of("", " ", "a/b?c=d&e", "ключ-🔑", "\"\\\n", "x".repeat(10_000))) {
        put(secret);
        assertThat(get(secret)).as(secret).isEqualTo(new Lookup(ApiKeys.key(secret), 1));
      }
    }

    @Test
    void keyToAbsenceAndBack() {
      put("pk_a");
      put("pk_a", null, 2);
      assertThat(get("pk_a")).isEqualTo(new Lookup(null, 2));
      assertThat(cache.size()).isZero();
      put("pk_a", ApiKeys.key("pk_a"), 3);
      assertThat(get("pk_a")).isEqualTo(new Lookup(ApiKeys.key("pk_a"), 3));
      assertThat(cache.absences()).isZero();
    }

    @Test
    void maxSizeOne_holdsTheLastKeyAndOneAbsence() {
      cache = cache(1, TTL);
      put("pk_a");
      put("pk_b");
      put("pk_c", null, 1);
      assertThat(contains("pk_a")).isFalse();
      assertThat(contains("pk_b")).isTrue();
      assertThat(contains("pk_c")).isTrue();
    }

    @Test
    void veryLargeMaxSize_costsNothingUntilUsed() {
      cache = cache(Integer.MAX_VALUE, TTL);
      put("pk_a");
      assertThat(get("pk_a")).isNotNull();
    }

    @Test
    void log_namesKeysAsItsLevelSays() {
      ApiKey key = ApiKeys.key("pk_user_12345");
      ApiKey renamed = ApiKeys.with("pk_user_12345").name("Other").make();
      List<String> told = List.of("[cache] update " + key.id(), "[cache] invalidate " + key.id());
      for (CacheLogLevel level : CacheLogLevel.values()) {
        cache = new KeyCache(new CacheSettings(true, 10, TTL, false, level), ticker);
        try (CacheLines log = new CacheLines()) {
          get("pk_user_12345");
          put("pk_user_12345", key, 1);
          get("pk_user_12345");
          put("pk_user_12345", renamed, 2);
          cache.invalidate(Set.of(key.digest()), 3);
          put("pk_other_6789", null, 3);
          get("pk_other_6789");
          assertThat(log.lines())
              .isEqualTo(
                  switch (level) {
                    case NONE -> List.of();
                    case INFO -> told;
                    case DEBUG ->
                        List.of(
                            "[cache] miss pk_user_...",
                            "[cache] populate pk_user_...",
                            "[cache] hit pk_user_...",
                            told.get(0),
                            "[cache] populate pk_user_...",
                            told.get(1),
                            "[cache] populate pk_other... (no such key)",
                            "[cache] hit pk_other... (no such key)");
                  });
        }
      }
    }
  }

  @Nested
  class RapidOperations {
    @Test
    void rapidPutsAndGets_agree() {
      for (int i = 0; i < 1_000; i++) {
        put("pk_" + i);
        assertThat(get("pk_" + i)).isNotNull();
      }
      assertThat(cache.size()).isEqualTo(1_000);
      assertThat(cache.stats().hits()).isEqualTo(1_000);
    }

    @Test
    void interleavedOperations_agree() {
      for (int i = 0; i < 200; i++) {
        put("pk_" + i);
        if (i % 2 == 0) {
          cache.invalidate(KeyDigest.of("pk_" + i));
        }
        if (i % 3 == 0) {
          put("pk_" + i, null, 2);
        }
      }
      for (int i = 0; i < 200; i++) {
        Lookup lookup = get("pk_" + i);
        if (i % 3 == 0) {
          assertThat(lookup).isEqualTo(new Lookup(null, 2));
        } else if (i % 2 == 0) {
          assertThat(lookup).isNull();
        } else {
          assertThat(lookup).isEqualTo(new Lookup(ApiKeys.key("pk_" + i), 1));
        }
      }
    }

    @Test
    void concurrentLoadsAndChanges_neverLeaveAnOldDefinition() throws Exception {
      cache = cache(64, TTL);
      ApiKey example = ApiKeys.key("pk_example");
      AtomicLong revision = new AtomicLong(1);
      List<KeyDigest> digests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        digests.add(KeyDigest.of("pk_" + i));
      }
      CountDownLatch start = new CountDownLatch(1);
      try (var pool = Executors.newFixedThreadPool(4)) {
        List<Future<?>> workers = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
          int shift = t;
          workers.add(
              pool.submit(() -> {
                start.await();
                for (int i = 0; i < 20_000; i++) {
                  long readAt = revision.get();
                  boolean absent = (readAt + shift) % 3 == 0;
                  ApiKey key = absent ? null : example;
                  cache.put(digests.get(i % 4), new Lookup(key, readAt));
                }
                return null;
              }));
        }
        workers.add(
            pool.submit(() -> {
              start.await();
              for (int i = 0; i < 20_000; i++) {
                long changed = revision.incrementAndGet();
                KeyDigest digest = digests.get(i % 4);
                cache.invalidate(Set.of(digest), changed);
                Lookup seen = cache.peek(digest);
                assertThat(seen == null || seen.revision() >= changed).isTrue();
              }
              return null;
            }));
        start.countDown();
        for (Future<?> worker : workers) {
          worker.get();
        }
      }
    }
  }

  @Nested
  class RealLife {
    @Test
    void keyLookups_hitAfterTheFirst() {
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++) {
          if (get("pk_" + i) == null) {
            put("pk_" + i);
          }
        }
      }
      assertThat(cache.stats().hitRate()).isEqualTo(95.0);
    }

    @Test
    void wrongKey_asksTheStoreOnceIn5Seconds() {
      int asked = 0;
      for (int second = 0; second < 20; second++) {
        if (get("pk_wrong") == null) {
          asked++;
          put("pk_wrong", null, 1);
        }
        ticker.advance(Duration.ofSeconds(1));
      }
      assertThat(asked).isEqualTo(4);
    }

    @Test
    void warmedUpCache_hitsFromTheStart() {
      for (int i = 0; i < 500; i++) {
        cache.put(KeyDigest.of("pk_" + i), new Lookup(ApiKeys.key("pk_" + i), 1));
      }
      for (int i = 0; i < 500; i++) {
        assertThat(get("pk_" + i)).isNotNull();
      }
      assertThat(cache.stats().hitRate()).isEqualTo(100.0);
    }
  }
}
