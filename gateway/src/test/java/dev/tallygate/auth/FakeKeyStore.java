package dev.tallygate.auth;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store in memory that the test can break, hold up and change. Thread-safe. */
final class FakeKeyStore implements KeyStore {
  private final Map<KeyDigest, ApiKey> byDigest = new ConcurrentHashMap<>();
  private final List<ChangeListener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger finds = new AtomicInteger();
  private long revision = 1;
  private volatile boolean down;
  private volatile @Nullable RuntimeException bug;
  private volatile Runnable afterRead = () -> {};

  @Override
  public Lookup find(KeyDigest digest) throws StoreUnavailableException {
    finds.incrementAndGet();
    check();
    Lookup lookup;
    synchronized (this) {
      lookup = new Lookup(byDigest.get(digest), revision);
    }
    afterRead.run();
    return lookup;
  }

  @Override
  public synchronized Snapshot snapshot() throws StoreUnavailableException {
    check();
    return new Snapshot(new ArrayList<>(byDigest.values()), revision);
  }

  @Override
  public void onChange(ChangeListener listener) {
    listeners.add(listener);
  }

  /** How often the store was asked for a key. */
  int finds() {
    return finds.get();
  }

  /** Adds or replaces a definition and tells of it. */
  void put(ApiKey key) {
    change(key.digest(), key);
    if (key.previous() != null) {
      change(key.previous().digest(), key);
    }
  }

  /** Removes a definition and tells of it. */
  void remove(String secret) {
    change(KeyDigest.of(secret), null);
  }

  /** Whether the store is out of reach. */
  void down(boolean value) {
    down = value;
  }

  /** What every question is answered with from now on; null: answers again. */
  void bug(@Nullable RuntimeException value) {
    bug = value;
  }

  /** Runs between reading and answering, on the asking thread; here a load can be held up. */
  void afterRead(Runnable value) {
    afterRead = value;
  }

  private void change(KeyDigest digest, @Nullable ApiKey key) {
    long at;
    synchronized (this) {
      at = ++revision;
      if (key == null) {
        byDigest.remove(digest);
      } else {
        byDigest.put(digest, key);
      }
    }
    listeners.forEach(listener -> listener.changed(Set.of(digest), at));
  }

  private void check() throws StoreUnavailableException {
    RuntimeException failure = bug;
    if (failure != null) {
      throw failure;
    }
    if (down) {
      throw new StoreUnavailableException("line 3, column 7: not JSON");
    }
  }
}
