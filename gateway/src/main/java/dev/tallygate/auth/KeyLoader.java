package dev.tallygate.auth;

import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.auth.KeyStore.Snapshot;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the store on behalf of the cache, once at a time for each digest. With the cache off, every
 * request asks for itself. Thread-safe; nothing here blocks but what runs on the loaders.
 */
final class KeyLoader {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLoader.class);

  // Each round is lost only to a change of the very key that came in while the store was answering.
  private static final int ROUNDS = 3;

  private final KeyCache cache;
  private final KeyStore store;
  private final Ticker ticker;
  private final Executor loaders;
  private final ConcurrentHashMap<KeyDigest, CompletableFuture<Loaded>> flights =
      new ConcurrentHashMap<>();

  /** What came of a load. */
  sealed interface Loaded {}

  /** The store's answer, or the last one known when {@code stale}. */
  record Known(Lookup lookup, boolean stale) implements Loaded {}

  /** The store is out of reach, and memory knows nothing that could stand in. */
  record Unknowable() implements Loaded {}

  KeyLoader(KeyCache cache, KeyStore store, Ticker ticker, Executor loaders) {
    this.cache = cache;
    this.store = store;
    this.ticker = ticker;
    this.loaders = loaders;
  }

  /** Finds a digest out. Never completes exceptionally. */
  CompletableFuture<Loaded> load(KeyDigest digest, String secret) {
    return fly(digest, secret, false);
  }

  /** Confirms behind a request what is known of a digest; a failure leaves things as they are. */
  void refresh(KeyDigest digest, String secret) {
    var _ = fly(digest, secret, true);
  }

  /** Loads all keys in the background, as many as fit. */
  void warmUp() {
    if (!cache.settings().enabled()) {
      return;
    }
    try {
      loaders.execute(this::warmUpNow);
    } catch (RejectedExecutionException shutDown) {
      cache.log().warmUpFailed("the gateway is stopping");
    }
  }

  private CompletableFuture<Loaded> fly(KeyDigest digest, String secret, boolean evenIfFresh) {
    CompletableFuture<Loaded> flight = new CompletableFuture<>();
    if (cache.settings().enabled()) {
      CompletableFuture<Loaded> underWay = flights.putIfAbsent(digest, flight);
      if (underWay != null) {
        return underWay;
      }
    }
    try {
      loaders.execute(() -> run(flight, digest, secret, evenIfFresh));
    } catch (RejectedExecutionException shutDown) {
      land(flight, digest, new Unknowable());
    }
    return flight;
  }

  private void run(
      CompletableFuture<Loaded> flight, KeyDigest digest, String secret, boolean evenIfFresh) {
    Loaded loaded = new Unknowable();
    try {
      loaded = loadNow(digest, secret, evenIfFresh);
    } finally {
      land(flight, digest, loaded);
    }
  }

  private void land(CompletableFuture<Loaded> flight, KeyDigest digest, Loaded loaded) {
    flights.remove(digest, flight);
    flight.complete(loaded);
  }

  private Loaded loadNow(KeyDigest digest, String secret, boolean evenIfFresh) {
    for (int round = 0; round < ROUNDS; round++) {
      // Between this request's miss and now, another load may have landed.
      Lookup fresh = evenIfFresh ? null : cache.peek(digest);
      if (fresh != null) {
        return new Known(fresh, false);
      }
      long began = ticker.nanos();
      boolean failed = true;
      try {
        Lookup lookup = store.find(digest);
        failed = false;
        if (cache.put(digest, lookup, secret)) {
          return new Known(lookup, false);
        }
      } catch (StoreUnavailableException e) {
        return lastKnown(digest);
      } catch (RuntimeException bug) {
        LOG.error("the key store failed unexpectedly", bug);
        return lastKnown(digest);
      } finally {
        cache.loaded(ticker.nanos() - began, failed);
      }
    }
    LOG.warn("a key changed {} times while it was being loaded; answered as unavailable", ROUNDS);
    return new Unknowable();
  }

  private Loaded lastKnown(KeyDigest digest) {
    Lookup stale = cache.stale(digest);
    return stale == null ? new Unknowable() : new Known(stale, true);
  }

  private void warmUpNow() {
    long began = ticker.nanos();
    try {
      int loaded = remember(store.snapshot());
      cache.log().warmUp(loaded, Duration.ofNanos(ticker.nanos() - began));
    } catch (StoreUnavailableException e) {
      cache.log().warmUpFailed("the key store is not available (" + e.getMessage() + ")");
    } catch (RuntimeException bug) {
      LOG.error("the key store failed unexpectedly", bug);
      cache.log().warmUpFailed("the key store failed unexpectedly");
    }
  }

  private int remember(Snapshot snapshot) {
    int room = cache.settings().maxSize();
    int loaded = 0;
    for (ApiKey key : snapshot.keys()) {
      if (loaded == room) {
        break;
      }
      if (cache.put(key.digest(), new Lookup(key, snapshot.revision()))) {
        loaded++;
      }
    }
    return loaded;
  }
}
