package dev.tallygate.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What memory knows of the key store: digest to definition, or to the knowledge that there is none.
 * It holds no usage.
 *
 * <p>Bounded, and expiring from write. Absences live in a cache of their own, a tenth of the size
 * and 5 seconds at most, so that no number of unknown keys can push out a known one. Thread-safe; a
 * hit takes no lock.
 */
public final class KeyCache {
  /*
   * Freshness is a stamp in the entry rather than Caffeine's expiry: an entry past its TTL no longer
   * answers, but is kept for the time the store may be out of reach. Caffeine bounds the number.
   * Its maintenance runs on the writing thread: short, and nothing is left to happen later.
   *
   * A change and the loads that began before it are told apart by revision. Everything that is
   * written about a digest, in either cache, is written inside compute() on the cache of keys, which
   * so serves as the digest's lock: a change raises the digest's floor and drops what is older, a
   * load below the floor is refused. compute(), because Caffeine's computeIfPresent() looks before it
   * locks and would miss a load that is just being written.
   *
   * Caffeine lets a key in before another goes, and who finds its clean-up busy does not wait for it:
   * with many writers it holds far more than its maximum for a while. So one key at a time is let in
   * and the clean-up made. Hits have no part in that, and a load took a look at the store anyway.
   */
  private static final Duration LONGEST_ABSENCE = Duration.ofSeconds(5);
  private static final Duration LONGEST_STALE = Duration.ofHours(1);
  private static final Duration FOR_EVER = Duration.ofDays(36_500);
  private static final int FLOORS = 4_096;

  private final CacheSettings settings;
  private final Ticker ticker;
  private final long ttlNanos;
  private final long absenceNanos;
  private final CacheCounters counters = new CacheCounters();
  private final CacheLog log;
  private final RevisionFloors floors = new RevisionFloors(FLOORS);
  private final Cache<KeyDigest, CacheEntry> keys;
  private final Cache<KeyDigest, CacheEntry> absences;
  private final Object admission = new Object();

  /** An empty cache. */
  public KeyCache(CacheSettings settings, Ticker ticker) {
    this.settings = settings;
    this.ticker = ticker;
    this.ttlNanos = atMost(settings.ttl(), FOR_EVER).toNanos();
    this.absenceNanos = atMost(settings.ttl(), LONGEST_ABSENCE).toNanos();
    this.log = new CacheLog(settings.logLevel());
    this.keys =
        Caffeine.newBuilder()
            .maximumSize(settings.maxSize())
            .executor(Runnable::run)
            .evictionListener((digest, entry, cause) -> counters.evictions.increment())
            .build();
    this.absences =
        Caffeine.newBuilder()
            .maximumSize(Math.max(1, settings.maxSize() / 10))
            .executor(Runnable::run)
            .build();
  }

  /**
   * What is known of a digest: a definition, an absence, or null: ask the store.
   *
   * @param secret what was presented; only for the debug log, which shows its beginning
   */
  public @Nullable Lookup get(KeyDigest digest, String secret) {
    CacheEntry entry = find(digest, secret);
    return entry == null ? null : entry.lookup();
  }

  /** {@link #get}, with the entry that the answer is from. */
  @Nullable CacheEntry find(KeyDigest digest, String secret) {
    if (!settings.enabled()) {
      return null;
    }
    CacheEntry entry = held(digest);
    if (entry == null || isExpired(entry)) {
      if (entry != null && entry.isFirstTimeExpired()) {
        counters.expirations.increment();
      }
      counters.misses.increment();
      log.miss(secret);
      return null;
    }
    (entry.isAbsence() ? counters.negativeHits : counters.keyHits).increment();
    log.hit(secret, entry.isAbsence());
    return entry;
  }

  /**
   * Remembers what the store said. A lookup without a key is remembered as an absence.
   *
   * @param secret what was presented; only for the debug log
   * @return false when a change that came in after the store said so has outdated it, and nothing
   *     was remembered
   */
  public boolean put(KeyDigest digest, Lookup lookup, String secret) {
    boolean kept = put(digest, lookup);
    if (kept && settings.enabled()) {
      log.populate(secret, lookup.key() == null);
    }
    return kept;
  }

  /** {@link #put(KeyDigest, Lookup, String)} where no secret was presented. */
  public boolean put(KeyDigest digest, Lookup lookup) {
    if (!settings.enabled()) {
      return true;
    }
    CacheEntry fresh = new CacheEntry(lookup, ticker.nanos());
    @Nullable ApiKey[] replaced = new @Nullable ApiKey[1];
    boolean[] kept = new boolean[1];
    synchronized (admission) {
      keys.asMap()
          .compute(
              digest,
              (d, known) -> {
                CacheEntry absence = absences.policy().getIfPresentQuietly(d);
                long floor = Math.max(floors.of(d), Math.max(revision(known), revision(absence)));
                if (lookup.revision() < floor) {
                  return known;
                }
                kept[0] = true;
                if (fresh.isAbsence()) {
                  absences.put(d, fresh);
                  return null;
                }
                if (absence != null) {
                  absences.invalidate(d);
                }
                replaced[0] = known == null ? null : known.lookup().key();
                return fresh;
              });
      keys.cleanUp();
      absences.cleanUp();
    }
    if (replaced[0] != null && lookup.key() != null && !replaced[0].equals(lookup.key())) {
      log.update(lookup.key().id());
    }
    return kept[0];
  }

  /**
   * Whether memory has an answer for the digest, absences included. Counts and refreshes nothing.
   */
  public boolean contains(KeyDigest digest) {
    return peek(digest) != null;
  }

  /** The answer that {@link #get} would give, without counting, logging or refreshing anything. */
  @Nullable Lookup peek(KeyDigest digest) {
    CacheEntry entry = quietly(digest);
    return entry == null || isExpired(entry) ? null : entry.lookup();
  }

  /**
   * Forgets a digest, so that the next request asks the store. A load that is under way may still
   * be remembered; a change of definition is {@link #invalidate(Set, long)}.
   */
  public void invalidate(KeyDigest digest) {
    drop(digest, Long.MAX_VALUE);
  }

  /**
   * Forgets what was known of these digests before {@code revision}, and refuses to learn it from
   * loads that were answered before it.
   */
  public void invalidate(Set<KeyDigest> digests, long revision) {
    for (KeyDigest digest : digests) {
      drop(digest, revision);
    }
  }

  /** Forgets everything; the counters stay. */
  public void clear() {
    keys.invalidateAll();
    absences.invalidateAll();
  }

  /** Keys held, those past their TTL included; absences are not counted. */
  public long size() {
    return size(keys);
  }

  /** The counters and the size. */
  public CacheStats stats() {
    return counters.stats(size(), settings);
  }

  /** Sets every counter to 0. */
  public void resetStats() {
    counters.reset();
  }

  CacheSettings settings() {
    return settings;
  }

  CacheLog log() {
    return log;
  }

  long absences() {
    return size(absences);
  }

  /**
   * A definition past its TTL that may be served because the store is out of reach, or null. An
   * absence is never served so: what did not exist may have been made since.
   */
  @Nullable Lookup stale(KeyDigest digest) {
    CacheEntry entry = quietly(digest);
    return entry == null || entry.isAbsence() || age(entry) - ttlNanos >= LONGEST_STALE.toNanos()
        ? null
        : entry.lookup();
  }

  /** Whether the last that was heard of the digest, however long ago, is that it has no key. */
  boolean wasAbsent(KeyDigest digest) {
    CacheEntry entry = quietly(digest);
    return entry != null && entry.isAbsence();
  }

  /**
   * Whether it is time to ask the store again, so that a key in use never has to wait for its TTL
   * to be over: in the last quarter of it, and once for an entry.
   */
  boolean isRefreshDue(CacheEntry entry) {
    return !entry.isAbsence()
        && !entry.isRefreshAsked()
        && age(entry) >= ttlNanos - ttlNanos / 4
        && entry.isFirstTimeRefreshed();
  }

  void loaded(long nanos, boolean failed) {
    if (settings.enabled()) {
      counters.loads.increment();
      counters.loadNanos.add(nanos);
      if (failed) {
        counters.loadFailures.increment();
      }
    }
  }

  void staleServed() {
    counters.staleServed.increment();
  }

  private void drop(KeyDigest digest, long revision) {
    @Nullable String[] id = new @Nullable String[1];
    keys.asMap()
        .compute(
            digest,
            (d, known) -> {
              if (revision != Long.MAX_VALUE) {
                floors.raise(d, revision);
              }
              CacheEntry absence = absences.policy().getIfPresentQuietly(d);
              if (absence != null && revision(absence) < revision) {
                absences.invalidate(d);
                counters.invalidations.increment();
              }
              if (known == null || revision(known) >= revision) {
                return known;
              }
              counters.invalidations.increment();
              ApiKey key = known.lookup().key();
              id[0] = key == null ? null : key.id();
              return null;
            });
    if (id[0] != null) {
      log.invalidate(id[0]);
    }
  }

  private @Nullable CacheEntry held(KeyDigest digest) {
    CacheEntry entry = keys.getIfPresent(digest);
    return entry != null ? entry : absences.getIfPresent(digest);
  }

  private @Nullable CacheEntry quietly(KeyDigest digest) {
    CacheEntry entry = keys.policy().getIfPresentQuietly(digest);
    return entry != null ? entry : absences.policy().getIfPresentQuietly(digest);
  }

  private boolean isExpired(CacheEntry entry) {
    return age(entry) >= (entry.isAbsence() ? absenceNanos : ttlNanos);
  }

  private long age(CacheEntry entry) {
    return ticker.nanos() - entry.writtenNanos();
  }

  private long size(Cache<KeyDigest, CacheEntry> cache) {
    synchronized (admission) {
      cache.cleanUp();
      return cache.estimatedSize();
    }
  }

  private static long revision(@Nullable CacheEntry entry) {
    return entry == null ? Long.MIN_VALUE : entry.lookup().revision();
  }

  private static Duration atMost(Duration duration, Duration limit) {
    return duration.compareTo(limit) < 0 ? duration : limit;
  }
}
