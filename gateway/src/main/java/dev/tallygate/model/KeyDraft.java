package dev.tallygate.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A changed copy of a definition in the making. Confined to one thread. */
public final class KeyDraft {
  private final ApiKey from;
  private KeyDigest digest;
  private String name;
  private @Nullable String model;
  private List<String> models;
  private long tokenLimitPer5h;
  private @Nullable Integer requestsPerMinute;
  private @Nullable Integer maxConcurrent;
  private Instant expiresAt;
  private boolean disabled;
  private @Nullable Secret upstreamKey;
  private QuotaMode quotaMode;
  private ApiKey.@Nullable Previous previous;

  /** Begins with everything as it is. */
  public KeyDraft(ApiKey from) {
    this.from = from;
    this.digest = from.digest();
    this.name = from.name();
    this.model = from.model();
    this.models = from.models();
    this.tokenLimitPer5h = from.tokenLimitPer5h();
    this.requestsPerMinute = from.requestsPerMinute();
    this.maxConcurrent = from.maxConcurrent();
    this.expiresAt = from.expiresAt();
    this.disabled = from.disabled();
    this.upstreamKey = from.upstreamKey();
    this.quotaMode = from.quotaMode();
    this.previous = from.previous();
  }

  /** Sets what people call the holder. */
  public KeyDraft name(String value) {
    name = value;
    return this;
  }

  /** Sets the model of every call; null: the allow-list or the gateway's default decides. */
  public KeyDraft model(@Nullable String value) {
    model = value;
    return this;
  }

  /** Sets the allow-list; empty: none. */
  public KeyDraft models(List<String> values) {
    models = values;
    return this;
  }

  /** Sets the quota. */
  public KeyDraft tokenLimitPer5h(long tokens) {
    tokenLimitPer5h = tokens;
    return this;
  }

  /** Sets the limit on requests; null: none. */
  public KeyDraft requestsPerMinute(@Nullable Integer count) {
    requestsPerMinute = count;
    return this;
  }

  /** Sets the limit on calls at the same time; null: none. */
  public KeyDraft maxConcurrent(@Nullable Integer count) {
    maxConcurrent = count;
    return this;
  }

  /** Sets the instant from which the key is refused. */
  public KeyDraft expiresAt(Instant instant) {
    expiresAt = instant;
    return this;
  }

  /** Refuses the key, or no longer. */
  public KeyDraft disabled(boolean value) {
    disabled = value;
    return this;
  }

  /** Sets the holder's own upstream credential; null: the gateway's. */
  public KeyDraft upstreamKey(@Nullable Secret secret) {
    upstreamKey = secret;
    return this;
  }

  /** Sets how the limit is enforced. */
  public KeyDraft quotaMode(QuotaMode mode) {
    quotaMode = mode;
    return this;
  }

  /**
   * Gives the key a new secret.
   *
   * @param until up to when the present one is accepted beside it; null: not at all. One that was
   *     rotated out before ends now.
   */
  public KeyDraft rotate(KeyDigest secret, @Nullable Instant until) {
    previous = until == null ? null : new ApiKey.Previous(digest, until);
    digest = secret;
    return this;
  }

  /**
   * The definition; a new secret shows as the id.
   *
   * @throws IllegalArgumentException when a value is out of range
   */
  public ApiKey key() {
    return new ApiKey(
        from.id(),
        digest,
        digest.equals(from.digest()) ? from.display() : from.id(),
        name,
        model,
        models,
        tokenLimitPer5h,
        requestsPerMinute,
        maxConcurrent,
        expiresAt,
        from.createdAt(),
        disabled,
        upstreamKey,
        quotaMode,
        previous);
  }
}
