package dev.tallygate.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The keys whose usage the key file does not show yet, by id. Thread-safe. */
public final class ChangedKeys {
  private final Set<String> ids = ConcurrentHashMap.newKeySet();

  /** The key's usage has changed: what the source tells of it from now on is to be written. */
  public void add(String keyId) {
    // Nearly always it is there already; a look does not contend, an insertion does.
    if (!ids.contains(keyId)) {
      ids.add(keyId);
    }
  }

  void addAll(Collection<String> keyIds) {
    ids.addAll(keyIds);
  }

  /** Takes all; what is added from now on is for the next time. */
  List<String> take() {
    List<String> taken = new ArrayList<>();
    for (String id : List.copyOf(ids)) {
      if (ids.remove(id)) {
        taken.add(id);
      }
    }
    return taken;
  }

  boolean isEmpty() {
    return ids.isEmpty();
  }
}
