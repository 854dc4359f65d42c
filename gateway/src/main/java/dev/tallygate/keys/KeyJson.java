package dev.tallygate.keys;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes key definitions. Stateless. */
public final class KeyJson {
  private KeyJson() {}

  /** What people are shown: no secret, no digest. */
  public static ObjectNode shown(ApiKey key, Instant now) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", key.id());
    json.put("name", key.name());
    json.put("display", key.display());
    json.put("model", key.model());
    key.models().forEach(json.putArray("models")::add);
    json.put("token_limit_per_5h", key.tokenLimitPer5h());
    json.put("requests_per_minute", key.requestsPerMinute());
    json.put("max_concurrent", key.maxConcurrent());
    json.put("expiry_date", key.expiresAt().toString());
    json.put("created_at", Objects.toString(key.createdAt(), null));
    json.put("disabled", key.disabled());
    json.put("quota_mode", label(key.quotaMode()));
    json.put("has_upstream_key", key.upstreamKey() != null);
    json.put("previous_valid_until", Objects.toString(graceEnds(key, now), null));
    json.put("status", KeyStatus.of(key, now).label());
    return json;
  }

  /**
   * What {@link KeyFields} makes the same key of elsewhere, credentials included. A secret from
   * before a rotation has no field.
   */
  public static ObjectNode copy(ApiKey key) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", key.id());
    json.put("key_hash", key.digest().toString());
    json.put("name", key.name());
    json.put("token_limit_per_5h", key.tokenLimitPer5h());
    json.put("expiry_date", key.expiresAt().toString());
    json.put("quota_mode", label(key.quotaMode()));
    json.put("disabled", key.disabled());
    if (key.model() != null) {
      json.put("model", key.model());
    }
    if (!key.models().isEmpty()) {
      key.models().forEach(json.putArray("models")::add);
    }
    if (key.requestsPerMinute() != null) {
      json.put("requests_per_minute", key.requestsPerMinute());
    }
    if (key.maxConcurrent() != null) {
      json.put("max_concurrent", key.maxConcurrent());
    }
    if (key.upstreamKey() != null) {
      json.put("upstream_key", key.upstreamKey().reveal());
    }
    return json;
  }

  /** Up to when the secret from before a rotation works beside the present one; null: no more. */
  public static @Nullable Instant graceEnds(ApiKey key, Instant now) {
    ApiKey.Previous previous = key.previous();
    return previous != null && now.isBefore(previous.validUntil()) ? previous.validUntil() : null;
  }

  private static String label(QuotaMode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }
}
