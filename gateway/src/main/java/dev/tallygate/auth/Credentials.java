package dev.tallygate.auth;

import dev.tallygate.model.GatewaySecret;
import org.jspecify.annotations.Nullable;

/**
 * What a request presents as its key. Either may be the gateway key; the first that exists is.
 *
 * @param bearer the token of {@code Authorization: Bearer}, or null
 * @param apiKey the value of {@code x-api-key}, or null
 */
public record Credentials(@Nullable String bearer, @Nullable String apiKey) {
  private static final int LONGEST_SECRET = 512;

  /** Whether anything was presented at all. */
  boolean anyPresented() {
    return (bearer != null && !bearer.isBlank()) || (apiKey != null && !apiKey.isBlank());
  }

  /** The bearer token, or null when it cannot be a key and needs no look-up. */
  @Nullable String first() {
    return plausible(bearer);
  }

  /** The API key, or null when it cannot be a key or is the bearer token again. */
  @Nullable String second() {
    return apiKey == null || apiKey.equals(bearer) ? null : plausible(apiKey);
  }

  /** Hides the secrets. */
  @Override
  public String toString() {
    return "Credentials[bearer="
        + (bearer == null ? "none" : "***")
        + ", apiKey="
        + (apiKey == null ? "none" : "***")
        + "]";
  }

  private static @Nullable String plausible(@Nullable String secret) {
    return secret == null
            || secret.isBlank()
            || secret.length() > LONGEST_SECRET
            || GatewaySecret.isMalformed(secret)
        ? null
        : secret;
  }
}
