package dev.tallygate.auth;

import dev.tallygate.model.ApiKey;

/** The answer to "may this key make calls?". */
public sealed interface AuthResult {
  /** The key is known, enabled and not expired. */
  record Authenticated(ApiKey key) implements AuthResult {}

  /** No key that exists was presented; {@code presented} tells whether there was any key at all. */
  record Unauthenticated(boolean presented) implements AuthResult {}

  /** The key exists but may not be used. */
  record Forbidden(ApiKey key, Reason reason) implements AuthResult {
    /** Why. */
    public enum Reason {
      EXPIRED,
      DISABLED
    }
  }

  /** Nobody can say: the key is not in memory and the store is out of reach. */
  record Unavailable() implements AuthResult {}
}
