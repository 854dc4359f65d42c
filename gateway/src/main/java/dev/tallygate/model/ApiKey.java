package dev.tallygate.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One key's definition: what people decide about it, never what it has used. Immutable.
 *
 * @param id stable name in ledger, quota, logs and metrics; survives a rotation of the secret
 * @param digest SHA-256 of the secret
 * @param display the secret masked for its holder ({@code pk_user_…2345}), or the id where only the
 *     digest is known
 * @param name what people call the key's holder
 * @param model the model every call is made with, {@code *} for "as the client asks", or null: the
 *     allow-list or the gateway's default decides
 * @param models the models the client may choose among; empty: no allow-list
 * @param tokenLimitPer5h tokens in a rolling window of 5 hours, at least 0
 * @param requestsPerMinute at least 1, or null for no limit
 * @param maxConcurrent calls at the same time, at least 1, or null for no limit
 * @param expiresAt from this instant on the key is refused
 * @param createdAt null where the file does not say
 * @param disabled refused (403) without being removed
 * @param upstreamKey the holder's own upstream credential, or null for the gateway's
 * @param quotaMode how the limit is enforced while calls are in flight
 * @param previous the secret before a rotation, still accepted for a while, or null
 */
public record ApiKey(
    String id,
    KeyDigest digest,
    String display,
    String name,
    @Nullable String model,
    List<String> models,
    long tokenLimitPer5h,
    @Nullable Integer requestsPerMinute,
    @Nullable Integer maxConcurrent,
    Instant expiresAt,
    @Nullable Instant createdAt,
    boolean disabled,
    @Nullable Secret upstreamKey,
    QuotaMode quotaMode,
    @Nullable Previous previous) {

  /** A rotated-out secret and the instant from which it is refused. */
  public record Previous(KeyDigest digest, Instant validUntil) {}

  /** Checks the ranges and copies the list. */
  public ApiKey {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("id: empty (expected: a name)");
    }
    if (tokenLimitPer5h < 0) {
      throw new IllegalArgumentException(
          "token_limit_per_5h: " + tokenLimitPer5h + " (expected: >= 0)");
    }
    requireAtLeastOne("requests_per_minute", requestsPerMinute);
    requireAtLeastOne("max_concurrent", maxConcurrent);
    models = List.copyOf(models);
  }

  /** Whether any secret, a previous one too, opens both. */
  public boolean shares(ApiKey other) {
    return opens(other.digest) || (other.previous != null && opens(other.previous.digest()));
  }

  private boolean opens(KeyDigest secret) {
    return digest.equals(secret) || (previous != null && previous.digest().equals(secret));
  }

  /** The id of a key whose entry names none: {@code k_} and the digest's first 12 hex digits. */
  public static String defaultId(KeyDigest digest) {
    return "k_" + digest.hex().substring(0, 12);
  }

  /**
   * Whether a key may go by this id. Two are steps within a path, wherever they stand in one, so no
   * request could ask for them; and a secret is nothing to be logged.
   */
  public static boolean mayBeId(String id) {
    return !id.equals(".") && !id.equals("..") && !GatewaySecret.isIn(id);
  }

  private static void requireAtLeastOne(String field, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: >= 1)");
    }
  }
}
