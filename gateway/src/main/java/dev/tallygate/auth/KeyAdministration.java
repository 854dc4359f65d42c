package dev.tallygate.auth;

import dev.tallygate.model.ApiKey;
import java.io.IOException;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes, changes and removes key definitions, for whoever administers keys. What a method did is in
 * force when it returns; where it cannot be, a {@link NotInForceException} says so. Implementations
 * are thread-safe; every method may block for some seconds and must not be called on an event loop.
 */
public interface KeyAdministration {

  /** There is no key of that id. */
  final class UnknownKeyException extends Exception {
    private static final long serialVersionUID = 1;

    /** The message names the id, which is no secret. */
    public UnknownKeyException(String id) {
      super("there is no key " + id);
    }
  }

  /** There is a key of that id, or with that secret, already. */
  final class KeyExistsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** The message names the id, which is no secret. */
    public KeyExistsException(String message) {
      super(message);
    }
  }

  /**
   * A change is written, but not in force: the store cannot be read right now, or somebody has
   * written over it. In the first case it comes into force when the store can be read again.
   */
  final class NotInForceException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient ApiKey key;

    /**
     * @param message why, and what to do
     * @param key the definition as it was written, or the one that was removed
     */
    public NotInForceException(String message, ApiKey key) {
      super(message);
      this.key = key;
    }

    /** The definition as it was written, or the one that was removed. */
    public ApiKey key() {
      return key;
    }
  }

  /**
   * All definitions in force.
   *
   * @throws StoreUnavailableException when the store has never been readable
   */
  Collection<ApiKey> keys() throws StoreUnavailableException;

  /**
   * The definition in force of that id, or null when there is none.
   *
   * @throws StoreUnavailableException when the store has never been readable
   */
  @Nullable ApiKey key(String id) throws StoreUnavailableException;

  /**
   * Adds a definition.
   *
   * @throws KeyExistsException when the id or the digest is there already
   * @throws IllegalArgumentException when a value is out of range
   * @throws NotInForceException when it is written, but not in force
   * @throws IOException when the store cannot be changed; the message says why and what to do
   */
  ApiKey create(NewKey spec) throws IOException;

  /**
   * Changes the definition of a key: its secret too, but not its id.
   *
   * @param edit makes the new definition of the present one; may be called more than once, and
   *     changes nothing by throwing
   * @return the new definition
   * @throws UnknownKeyException when there is none of that id
   * @throws KeyExistsException when another key has the new secret
   * @throws IllegalArgumentException when a value is out of range, or the definition cannot stand
   *     beside the others
   * @throws NotInForceException when it is written, but not in force
   * @throws IOException when the store cannot be changed; the message says why and what to do
   */
  ApiKey change(String id, UnaryOperator<ApiKey> edit) throws UnknownKeyException, IOException;

  /**
   * Removes a definition; what the key has used stays on record.
   *
   * @param check is shown the definition first, and keeps it by throwing; may be called more than
   *     once
   * @throws UnknownKeyException when there is none of that id
   * @throws NotInForceException when it is gone from where it was written, but still in force
   * @throws IOException when the store cannot be changed; the message says why and what to do
   */
  void remove(String id, Consumer<ApiKey> check) throws UnknownKeyException, IOException;
}
