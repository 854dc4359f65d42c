package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All key definitions of one state of the file, by digest and by id. Immutable once built. */
final class KeyIndex {
  static final KeyIndex EMPTY = new KeyIndex(Map.of(), Map.of());

  // Rotated-out digests are in here too and lead to the definition that replaced them.
  private final Map<KeyDigest, ApiKey> byDigest;
  private final Map<String, ApiKey> byId;

  private KeyIndex(Map<KeyDigest, ApiKey> byDigest, Map<String, ApiKey> byId) {
    this.byDigest = byDigest;
    this.byId = byId;
  }

  /** The definition a digest opens: its present key's, or its old key's until the grace ends. */
  @Nullable ApiKey find(KeyDigest digest, Instant now) {
    ApiKey key = byDigest.get(digest);
    if (key == null || key.digest().equals(digest)) {
      return key;
    }
    ApiKey.Previous previous = key.previous();
    return previous != null && now.isBefore(previous.validUntil()) ? key : null;
  }

  @Nullable ApiKey byId(String id) {
    return byId.get(id);
  }

  Collection<ApiKey> keys() {
    return Collections.unmodifiableCollection(byId.values());
  }

  /** Every digest that does not lead to the same definition in both. */
  Set<KeyDigest> changedSince(KeyIndex old) {
    Set<KeyDigest> changed = new HashSet<>();
    byDigest.forEach((digest, key) -> {
      if (!key.equals(old.byDigest.get(digest))) {
        changed.add(digest);
      }
    });
    for (KeyDigest digest : old.byDigest.keySet()) {
      if (!byDigest.containsKey(digest)) {
        changed.add(digest);
      }
    }
    return changed;
  }

  /** Collects definitions in the order of the file; of two that claim the same, the first wins. */
  static final class Builder {
    private final KeyIndex old;
    private final Map<KeyDigest, ApiKey> byDigest;
    private final Map<String, ApiKey> byId;

    /** Definitions that did not change are taken over from {@code old}, to hold them once. */
    Builder(KeyIndex old) {
      this.old = old;
      this.byDigest = HashMap.newHashMap(old.byDigest.size());
      this.byId = HashMap.newHashMap(old.byId.size());
    }

    /** Adds a definition; returns why it is refused, or null. */
    @Nullable String add(ApiKey parsed) {
      ApiKey known = old.byId.get(parsed.id());
      ApiKey key = known != null && known.equals(parsed) ? known : parsed;
      // First the key: two entries with one key have one id as well, where they name none.
      if (byDigest.containsKey(key.digest())) {
        return "duplicate key (an entry before it has the same)";
      }
      if (byId.containsKey(key.id())) {
        return "duplicate id (an entry before it has the same)";
      }
      ApiKey.Previous previous = key.previous();
      if (previous != null && byDigest.containsKey(previous.digest())) {
        return "previous_key_hash: duplicate (an entry before it has the same key)";
      }
      byId.put(key.id(), key);
      byDigest.put(key.digest(), key);
      if (previous != null) {
        byDigest.put(previous.digest(), key);
      }
      return null;
    }

    KeyIndex build() {
      return new KeyIndex(byDigest, byId);
    }
  }
}
