package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import java.time.Instant;
import java.util.List;

/** Any number of keys, by number. Each call makes new objects, as each request does. */
public final class SampleKeys {
  private SampleKeys() {}

  /** A secret of 35 characters. */
  public static String secret(int number) {
    String digits = Integer.toString(number);
    return "pk_user_" + "0".repeat(27 - digits.length()) + digits;
  }

  /** The digest of the secret. */
  public static KeyDigest digest(int number) {
    return KeyDigest.of(secret(number));
  }

  /** A definition that never expires. */
  public static ApiKey key(int number) {
    return key(secret(number));
  }

  /** A definition that never expires, for a secret made elsewhere. */
  public static ApiKey key(String secret) {
    KeyDigest digest = KeyDigest.of(secret);
    String id = ApiKey.defaultId(digest);
    return new ApiKey(
        id,
        digest,
        id,
        "User",
        "glm-4.7",
        List.of(),
        100_000,
        null,
        null,
        Instant.MAX,
        null,
        false,
        null,
        QuotaMode.ADAPTIVE,
        null);
  }
}
