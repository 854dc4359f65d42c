package dev.tallygate.auth;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A key to be created; the fields mean what they mean in {@link dev.tallygate.model.ApiKey}.
 *
 * @param digest of a secret that only its holder keeps
 * @param id null for the one that follows from the digest
 * @param expiresAt null for a year from now
 */
public record NewKey(
    KeyDigest digest,
    @Nullable String id,
    String name,
    @Nullable String model,
    List<String> models,
    long tokenLimitPer5h,
    @Nullable Integer requestsPerMinute,
    @Nullable Integer maxConcurrent,
    @Nullable Instant expiresAt,
    boolean disabled,
    @Nullable Secret upstreamKey,
    QuotaMode quotaMode) {
  /** Copies the list. */
  public NewKey {
    models = List.copyOf(models);
  }

  /** A key with a name, a token limit, the gateway's default model and a year to live. */
  public static NewKey of(KeyDigest digest, String name, long tokenLimitPer5h) {
    return new NewKey(
        digest,
        null,
        name,
        null,
        List.of(),
        tokenLimitPer5h,
        null,
        null,
        null,
        false,
        null,
        QuotaMode.ADAPTIVE);
  }
}
