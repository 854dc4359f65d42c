package dev.tallygate.auth;

import dev.tallygate.auth.AuthResult.Authenticated;
import dev.tallygate.auth.AuthResult.Forbidden;
import dev.tallygate.auth.AuthResult.Unauthenticated;
import dev.tallygate.auth.AuthResult.Unavailable;
import dev.tallygate.auth.KeyLoader.Known;
import dev.tallygate.auth.KeyLoader.Loaded;
import dev.tallygate.auth.KeyLoader.Unknowable;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether what a request presents is a key that may make calls: first from memory, on the
 * event loop; only when memory cannot say, from the store, off it. Expiry, {@code disabled} and the
 * grace of a rotated secret are checked on every request. Thread-safe.
 *
 * <p>Of two presented secrets the first that exists counts. A secret that cannot be one (blank,
 * over 512 characters, {@code tg_} with a wrong checksum) is unknown without a look-up.
 */
public final class Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(Authenticator.class);

  private final KeyCache cache;
  private final Ticker ticker;
  private final KeyLoader loader;

  /**
   * Subscribes the cache to the store's changes.
   *
   * @param loaders where the store is asked; must not be an event loop
   */
  public Authenticator(KeyCache cache, KeyStore store, Ticker ticker, Executor loaders) {
    this.cache = cache;
    this.ticker = ticker;
    this.loader = new KeyLoader(cache, store, ticker, loaders);
    store.onChange(cache::invalidate);
  }

  /** The answer from memory, or null: {@link #fromStore} has it. Never blocks. */
  public @Nullable AuthResult fromMemory(Credentials credentials) {
    String first = credentials.first();
    String second = credentials.second();
    KeyDigest undecided = null;
    if (first != null) {
      KeyDigest digest = KeyDigest.of(first);
      CacheEntry entry = cache.find(digest, first);
      AuthResult result = entry == null ? null : judge(entry, digest, first);
      if (result != null) {
        return result;
      }
      undecided = entry == null ? digest : null;
    }
    if (second != null) {
      KeyDigest digest = KeyDigest.of(second);
      CacheEntry entry = cache.find(digest, second);
      if (entry == null) {
        return null;
      }
      AuthResult result = judge(entry, digest, second);
      if (result != null && first != null && undecided != null) {
        return besideAnOldAbsence(undecided, first, result);
      }
      if (result != null) {
        return result;
      }
    }
    return undecided == null ? new Unauthenticated(credentials.anyPresented()) : null;
  }

  /**
   * The answer from the store where memory has none. Requests for the same key share one load.
   * Never completes exceptionally; completes on a loader's thread, or before this returns.
   */
  public CompletionStage<AuthResult> fromStore(Credentials credentials) {
    String first = credentials.first();
    String second = credentials.second();
    Unauthenticated unknown = new Unauthenticated(credentials.anyPresented());
    CompletableFuture<AuthResult> answer =
        first != null
            ? ask(first, unknown, second)
            : second != null
                ? ask(second, unknown, null)
                : CompletableFuture.completedFuture(unknown);
    return answer.exceptionally(bug -> {
      LOG.error("authentication failed unexpectedly", bug);
      return new Unavailable();
    });
  }

  /** Loads all keys in the background, as many as fit; where the store fails, none. */
  public void warmUp() {
    loader.warmUp();
  }

  /** The cache's counters and size. */
  public CacheStats stats() {
    return cache.stats();
  }

  private CompletableFuture<AuthResult> ask(
      String secret, AuthResult otherwise, @Nullable String next) {
    KeyDigest digest = KeyDigest.of(secret);
    return loader
        .load(digest, secret)
        .thenCompose(loaded -> {
          AuthResult result = judge(loaded, digest);
          if (result != null) {
            return CompletableFuture.completedFuture(result);
          }
          AuthResult rest = loaded instanceof Unknowable ? new Unavailable() : otherwise;
          return next == null ? CompletableFuture.completedFuture(rest) : ask(next, rest, null);
        });
  }

  // A client that sends its gateway key beside a foreign token must not wait every few seconds for
  // the store to say again that the token is unknown: changes are told to us, so the old absence
  // holds, and is confirmed behind the request.
  private @Nullable AuthResult besideAnOldAbsence(
      KeyDigest undecided, String secret, AuthResult result) {
    if (!cache.wasAbsent(undecided)) {
      return null;
    }
    loader.refresh(undecided, secret);
    return result;
  }

  private @Nullable AuthResult judge(CacheEntry entry, KeyDigest digest, String secret) {
    if (cache.isRefreshDue(entry)) {
      loader.refresh(digest, secret);
    }
    return judge(entry.lookup(), digest);
  }

  private @Nullable AuthResult judge(Loaded loaded, KeyDigest digest) {
    if (!(loaded instanceof Known known)) {
      return null;
    }
    AuthResult result = judge(known.lookup(), digest);
    if (result != null && known.stale()) {
      cache.staleServed();
    }
    return result;
  }

  /** What a definition means for whoever presents this digest now; null: no such key. */
  private @Nullable AuthResult judge(Lookup lookup, KeyDigest digest) {
    ApiKey key = lookup.key();
    if (key == null) {
      return null;
    }
    Instant now = ticker.now();
    if (!digest.equals(key.digest()) && !isInGrace(key.previous(), digest, now)) {
      return null;
    }
    if (key.disabled()) {
      return new Forbidden(key, Forbidden.Reason.DISABLED);
    }
    return now.isBefore(key.expiresAt())
        ? new Authenticated(key)
        : new Forbidden(key, Forbidden.Reason.EXPIRED);
  }

  private static boolean isInGrace(
      ApiKey.@Nullable Previous previous, KeyDigest digest, Instant now) {
    return previous != null
        && digest.equals(previous.digest())
        && now.isBefore(previous.validUntil());
  }
}
