package dev.tallygate.auth;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where key definitions live. A store numbers its states: every change of any definition raises the
 * revision, and whatever is read carries the revision it was read at, so that a reader can tell an
 * old answer from a new one. Implementations are thread-safe.
 */
public interface KeyStore {

  /** A definition, or its absence, as of a revision. */
  record Lookup(@Nullable ApiKey key, long revision) {}

  /** All definitions as of a revision. */
  record Snapshot(Collection<ApiKey> keys, long revision) {}

  /** Told of changes, on the store's thread or that of whoever made one; must not block. */
  @FunctionalInterface
  interface ChangeListener {
    /**
     * The definitions behind these digests are no longer what they were before {@code revision}:
     * changed, removed or new. A definition is meant by every digest that finds it, or found it
     * before: its own and that of the secret before a rotation. Called after the store answers with
     * the new state.
     */
    void changed(Set<KeyDigest> digests, long revision);
  }

  /**
   * Looks a digest up, current or within its rotation's grace. May block; never call it on an event
   * loop.
   *
   * @throws StoreUnavailableException when the store can say neither yes nor no
   */
  Lookup find(KeyDigest digest) throws StoreUnavailableException;

  /**
   * All definitions. May block.
   *
   * @throws StoreUnavailableException when the store has never been readable
   */
  Snapshot snapshot() throws StoreUnavailableException;

  /** Adds a listener; from now on it hears every change of what {@link #find} has answered. */
  void onChange(ChangeListener listener);
}
