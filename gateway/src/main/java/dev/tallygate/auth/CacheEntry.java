package dev.tallygate.auth;

import dev.tallygate.auth.KeyStore.Lookup;

/** An answer of the store, and when it was written on the monotonic clock. Thread-safe. */
final class CacheEntry {
  private final Lookup lookup;
  private final long writtenNanos;
  private boolean expiryCounted;
  private volatile boolean refreshAsked;

  CacheEntry(Lookup lookup, long writtenNanos) {
    this.lookup = lookup;
    this.writtenNanos = writtenNanos;
  }

  Lookup lookup() {
    return lookup;
  }

  long writtenNanos() {
    return writtenNanos;
  }

  boolean isAbsence() {
    return lookup.key() == null;
  }

  boolean isRefreshAsked() {
    return refreshAsked;
  }

  /** True for the one caller who is to count that this entry was found expired. */
  synchronized boolean isFirstTimeExpired() {
    boolean first = !expiryCounted;
    expiryCounted = true;
    return first;
  }

  /** True for the one caller who is to ask the store for what will replace this entry. */
  synchronized boolean isFirstTimeRefreshed() {
    boolean first = !refreshAsked;
    refreshAsked = true;
    return first;
  }
}
