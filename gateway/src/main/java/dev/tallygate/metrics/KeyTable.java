package dev.tallygate.metrics;

import dev.tallygate.model.ApiKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is counted, key by key: the first keys that call have meters of their own, the others share
 * one, and so do calls without a key. Thread-safe.
 */
final class KeyTable {
  private static final int MOST_MODELS = 100;

  private final int limit;
  private final BoundedNames models = new BoundedNames(MOST_MODELS);
  private final KeyMeters nobody = new KeyMeters("", models);
  private final KeyMeters others = new KeyMeters(BoundedNames.OTHER, models);
  private final ConcurrentHashMap<String, KeyMeters> keys = new ConcurrentHashMap<>();

  /**
   * @param limit so many keys have meters of their own; 0: keys are not told apart at all
   */
  KeyTable(int limit) {
    this.limit = limit;
  }

  /** The meters of whoever called. */
  KeyMeters of(@Nullable ApiKey key) {
    if (key == null || limit == 0) {
      return nobody;
    }
    KeyMeters known = keys.get(key.id());
    if (known != null) {
      return known;
    }
    return keys.size() >= limit ? others : added(key.id());
  }

  private synchronized KeyMeters added(String id) {
    if (keys.size() < limit && !id.equals(BoundedNames.OTHER)) {
      keys.putIfAbsent(id, new KeyMeters(id, models));
    }
    return keys.getOrDefault(id, others);
  }

  /**
   * When all meters are given away, takes back those of keys that exist no longer. What they
   * counted goes.
   *
   * @param defined the keys there are; none when nobody can tell
   */
  void makeRoom(Supplier<Collection<ApiKey>> defined) {
    if (keys.isEmpty() || keys.size() < limit) {
      return;
    }
    // Before it is asked: a key that is made and calls in the meantime is not among them.
    Set<String> gone = new HashSet<>(keys.keySet());
    Collection<ApiKey> now = defined.get();
    if (!now.isEmpty()) {
      now.forEach(key -> gone.remove(key.id()));
      keys.keySet().removeAll(gone);
    }
  }

  /** Whether a key has meters of its own. */
  boolean knows(String id) {
    return keys.containsKey(id);
  }

  /** How many keys may be told apart. */
  int limit() {
    return limit;
  }

  /** All meters. */
  List<KeyMeters> all() {
    List<KeyMeters> all = new ArrayList<>(keys.size() + 2);
    all.add(nobody);
    all.addAll(keys.values());
    all.add(others);
    return all;
  }
}
