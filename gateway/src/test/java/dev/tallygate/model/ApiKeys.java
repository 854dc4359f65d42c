package dev.tallygate.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes keys for tests: a valid one for a secret, changed where the test is about it. */
public final class ApiKeys {
  /** When the keys made here expire unless told otherwise. */
  public static final Instant EXPIRY = Instant.parse("2026-12-31T23:59:59Z");

  private final String secret;
  private String name = "User";
  private @Nullable String model;
  private List<String> models = List.of();
  private long tokenLimit = 100_000;
  private @Nullable Integer requestsPerMinute;
  private @Nullable Integer maxConcurrent;
  private Instant expiresAt = EXPIRY;
  private boolean disabled;
  private QuotaMode quotaMode = QuotaMode.ADAPTIVE;
  private ApiKey.@Nullable Previous previous;

  private ApiKeys(String secret) {
    this.secret = secret;
  }

  /** A valid key with a limit of 100,000 tokens. */
  public static ApiKey key(String secret) {
    return with(secret).make();
  }

  /** The same, to be changed. */
  public static ApiKeys with(String secret) {
    return new ApiKeys(secret);
  }

  public ApiKeys name(String value) {
    name = value;
    return this;
  }

  public ApiKeys model(@Nullable String value) {
    model = value;
    return this;
  }

  public ApiKeys models(String... values) {
    models = List.of(values);
    return this;
  }

  public ApiKeys tokenLimit(long value) {
    tokenLimit = value;
    return this;
  }

  public ApiKeys requestsPerMinute(int value) {
    requestsPerMinute = value;
    return this;
  }

  public ApiKeys maxConcurrent(int value) {
    maxConcurrent = value;
    return this;
  }

  public ApiKeys expiresAt(Instant value) {
    expiresAt = value;
    return this;
  }

  public ApiKeys disabled() {
    disabled = true;
    return this;
  }

  public ApiKeys strict() {
    quotaMode = QuotaMode.STRICT;
    return this;
  }

  public ApiKeys previous(String oldSecret, Instant validUntil) {
    previous = new ApiKey.Previous(KeyDigest.of(oldSecret), validUntil);
    return this;
  }

  public ApiKey make() {
    KeyDigest digest = KeyDigest.of(secret);
    return new ApiKey(
        ApiKey.defaultId(digest),
        digest,
        GatewaySecret.mask(secret),
        name,
        model,
        models,
        tokenLimit,
        requestsPerMinute,
        maxConcurrent,
        expiresAt,
        null,
        disabled,
        null,
        quotaMode,
        previous);
  }
}
