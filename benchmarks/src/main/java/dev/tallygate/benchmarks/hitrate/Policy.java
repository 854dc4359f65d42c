package dev.tallygate.benchmarks.hitrate;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.benchmarks.HandSetClock;
import dev.tallygate.model.KeyDigest;
import java.time.Duration;

/** Who stays when there are more keys than places. */
enum Policy {
  /** The predecessor's: keys that do not exist among those that do. */
  LRU("exact LRU") {
    @Override
    KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions) {
      return new ExactLru(places, ttl.toMillis(), clock::epochMillis);
    }
  },
  /** The same with the places for absences that {@link KeyCache} has. */
  LRU_APART("exact LRU, absences apart") {
    @Override
    KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions) {
      KeyMemory keys = new ExactLru(places, ttl.toMillis(), clock::epochMillis);
      KeyMemory absences = absences(places, ttl, clock);
      return key -> (key < 0 ? absences : keys).call(key);
    }
  },
  /** Caffeine with a bound and its own expiry, the absences among the keys. */
  CAFFEINE("Caffeine alone") {
    @Override
    KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions) {
      Cache<KeyDigest, Lookup> cache =
          Caffeine.newBuilder()
              .maximumSize(places)
              .expireAfterWrite(ttl)
              .ticker(clock::nanos)
              .executor(Runnable::run)
              .build();
      return key -> {
        KeyDigest digest = definitions.digest(key);
        if (cache.getIfPresent(digest) != null) {
          return true;
        }
        cache.put(digest, definitions.lookup(key));
        return false;
      };
    }
  },
  /**
   * Caffeine that drops keys which nobody has used for five minutes, exact LRU for the absences: a
   * remedy that was tried.
   */
  CAFFEINE_IDLE("Caffeine, idle keys dropped") {
    @Override
    KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions) {
      Cache<Integer, Long> writtenMillis =
          Caffeine.newBuilder()
              .maximumSize(places)
              .expireAfterAccess(IDLE)
              .ticker(clock::nanos)
              .executor(Runnable::run)
              .build();
      KeyMemory absences = absences(places, ttl, clock);
      return key -> {
        if (key < 0) {
          return absences.call(key);
        }
        Long written = writtenMillis.getIfPresent(key);
        if (written != null && clock.epochMillis() - written < ttl.toMillis()) {
          return true;
        }
        writtenMillis.put(key, clock.epochMillis());
        return false;
      };
    }
  },
  /** The gateway's, asked and filled as the gateway does it. */
  KEY_CACHE("`KeyCache`") {
    @Override
    KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions) {
      KeyCache cache =
          new KeyCache(new CacheSettings(true, places, ttl, false, CacheLogLevel.NONE), clock);
      return key -> {
        KeyDigest digest = definitions.digest(key);
        if (cache.get(digest, "") != null) {
          return true;
        }
        cache.put(digest, definitions.lookup(key));
        return false;
      };
    }
  };

  private static final Duration IDLE = Duration.ofMinutes(5);

  private final String title;

  Policy(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** An empty one; its maintenance runs within the call that causes it. */
  abstract KeyMemory create(int places, Duration ttl, HandSetClock clock, Definitions definitions);

  private static KeyMemory absences(int places, Duration ttl, HandSetClock clock) {
    return new ExactLru(Math.max(1, places / 10), ttl.toMillis(), clock::epochMillis);
  }
}
