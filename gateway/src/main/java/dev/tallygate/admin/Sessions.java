package dev.tallygate.admin;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has signed in. A session is 256 random bits that only its holder keeps; here is the digest.
 * Bounded: a new one beyond the most ends the oldest. They end with the process. Thread-safe.
 */
final class Sessions {
  static final Duration LIFE = Duration.ofHours(12);
  private static final int MOST = 100;
  private static final int BYTES = 32;

  private final Ticker ticker;
  private final SecureRandom random = new SecureRandom();
  private final Map<KeyDigest, Session> open = new LinkedHashMap<>();

  /**
   * One that is open.
   *
   * @param name what the audit log calls it
   */
  record Session(String name, Instant expiresAt) {}

  /** A new one, and the secret by which it is known. */
  record Begun(String secret, Session session) {}

  Sessions(Ticker ticker) {
    this.ticker = ticker;
  }

  synchronized Begun begin() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    KeyDigest digest = KeyDigest.of(secret);
    String name = "session:" + digest.hex().substring(0, 8);
    Session session = new Session(name, ticker.now().plus(LIFE));
    open.put(digest, session);
    if (open.size() > MOST) {
      open.remove(open.keySet().iterator().next());
    }
    return new Begun(secret, session);
  }

  /** The session of this secret, or null: there is none, or not any more. */
  synchronized @Nullable Session find(String secret) {
    KeyDigest digest = KeyDigest.of(secret);
    Session session = open.get(digest);
    if (session != null && !ticker.now().isBefore(session.expiresAt())) {
      open.remove(digest);
      return null;
    }
    return session;
  }

  /** Ends the session of this secret, if there is one. */
  synchronized void end(String secret) {
    open.remove(KeyDigest.of(secret));
  }
}
