package dev.tallygate.benchmarks.keys;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.cache.CacheBuilder;
import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What could hold the key definitions. */
public enum Contender {
  /** The gateway's own {@code KeyCache}: bounded, expiring, counting. */
  TALLYGATE {
    @Override
    Held create(int maxSize) {
      return of(
          new KeyCache(
              new CacheSettings(true, maxSize, TTL, false, CacheLogLevel.NONE), Ticker.system()));
    }
  },
  /** Neither a bound nor expiry nor counters. */
  CONCURRENT_MAP {
    @Override
    Held create(int maxSize) {
      Map<KeyDigest, ApiKey> map = new ConcurrentHashMap<>();
      return new Held() {
        @Override
        public @Nullable ApiKey get(KeyDigest digest) {
          return map.get(digest);
        }

        @Override
        public void put(KeyDigest digest, ApiKey key) {
          map.put(digest, key);
        }
      };
    }
  },
  /** Exactly least recently used, under one lock; no expiry, no counters. */
  LRU_MAP {
    @Override
    Held create(int maxSize) {
      return new SynchronizedLru(maxSize);
    }
  },
  /** Guava's cache, expiring after write. */
  GUAVA {
    @Override
    Held create(int maxSize) {
      var cache =
          CacheBuilder.newBuilder()
              .maximumSize(maxSize)
              .expireAfterWrite(TTL)
              .<KeyDigest, ApiKey>build();
      return new Held() {
        @Override
        public @Nullable ApiKey get(KeyDigest digest) {
          return cache.getIfPresent(digest);
        }

        @Override
        public void put(KeyDigest digest, ApiKey key) {
          cache.put(digest, key);
        }
      };
    }
  },
  /** Caffeine with a bound only. */
  CAFFEINE {
    @Override
    Held create(int maxSize) {
      return of(
          Caffeine.newBuilder()
              .maximumSize(maxSize)
              .executor(Runnable::run)
              .<KeyDigest, ApiKey>build());
    }
  },
  /** Caffeine with its own expiry after write. */
  CAFFEINE_TTL {
    @Override
    Held create(int maxSize) {
      return of(
          Caffeine.newBuilder()
              .maximumSize(maxSize)
              .expireAfterWrite(TTL)
              .executor(Runnable::run)
              .<KeyDigest, ApiKey>build());
    }
  };

  private static final Duration TTL = Duration.ofMinutes(5);

  /** A cache of definitions. */
  interface Held {
    @Nullable ApiKey get(KeyDigest digest);

    void put(KeyDigest digest, ApiKey key);
  }

  /** An empty one; of those that are bounded, for so many keys. */
  abstract Held create(int maxSize);

  private static Held of(KeyCache cache) {
    return new Held() {
      @Override
      public @Nullable ApiKey get(KeyDigest digest) {
        Lookup lookup = cache.get(digest, "");
        return lookup == null ? null : lookup.key();
      }

      @Override
      public void put(KeyDigest digest, ApiKey key) {
        cache.put(digest, new Lookup(key, 1));
      }
    };
  }

  private static Held of(com.github.benmanes.caffeine.cache.Cache<KeyDigest, ApiKey> cache) {
    return new Held() {
      @Override
      public @Nullable ApiKey get(KeyDigest digest) {
        return cache.getIfPresent(digest);
      }

      @Override
      public void put(KeyDigest digest, ApiKey key) {
        cache.put(digest, key);
      }
    };
  }

  private static final class SynchronizedLru implements Held {
    private final Map<KeyDigest, ApiKey> map;

    SynchronizedLru(int maxSize) {
      map =
          new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<KeyDigest, ApiKey> eldest) {
              return size() > maxSize;
            }
          };
    }

    @Override
    public synchronized @Nullable ApiKey get(KeyDigest digest) {
      return map.get(digest);
    }

    @Override
    public synchronized void put(KeyDigest digest, ApiKey key) {
      map.put(digest, key);
    }
  }
}
