package dev.tallygate.keys;

import dev.tallygate.model.ApiKey;
import java.time.Instant;
import java.util.Locale;

/** Whether a key may call at all. */
public enum KeyStatus {
  /** It may. */
  ACTIVE,
  /** Somebody has disabled it. */
  DISABLED,
  /** Its time is over. */
  EXPIRED;

  /** The word for it: {@code active}, {@code disabled} or {@code expired}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** That of a key at some time. */
  public static KeyStatus of(ApiKey key, Instant now) {
    return key.disabled() ? DISABLED : now.isBefore(key.expiresAt()) ? ACTIVE : EXPIRED;
  }
}
