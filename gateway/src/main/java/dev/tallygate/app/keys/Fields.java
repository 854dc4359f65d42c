package dev.tallygate.app.keys;

import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.UsageWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Definitions of a key file in the terms of the admin API. Stateless. */
final class Fields {
  private static final Duration WINDOW = Duration.ofHours(5);

  /** What the admin API takes for a key to be made, but secrets and digests. */
  static final Set<String> OF_A_NEW_KEY =
      Set.of(
          "id",
          "name",
          "model",
          "models",
          "token_limit_per_5h",
          "requests_per_minute",
          "max_concurrent",
          "expiry_date",
          "quota_mode");

  private Fields() {}

  /** A definition with what the key file shows of its usage. */
  static KeyView view(ApiKey key, KeyUsage usage, Instant now) {
    ObjectNode json = definition(key);
    boolean expired = !now.isBefore(key.expiresAt());
    json.put("status", key.disabled() ? "disabled" : expired ? "expired" : "active");
    long used =
        usage.windows().stream()
            .filter(window -> window.start().plus(WINDOW).isAfter(now))
            .mapToLong(UsageWindow::tokens)
            .sum();
    json.putObject("usage")
        .put("used", used)
        .put("remaining", Math.max(0, key.tokenLimitPer5h() - used))
        .put("lifetime_tokens", usage.lifetimeTokens())
        .put("last_used", text(usage.lastUsed()));
    return new KeyView(json);
  }

  /** The members that people own, and the masked secret. */
  static ObjectNode definition(ApiKey key) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", key.id()).put("name", key.name()).put("display", key.display());
    json.put("model", key.model());
    key.models().forEach(json.putArray("models")::add);
    json.put("token_limit_per_5h", key.tokenLimitPer5h())
        .put("requests_per_minute", key.requestsPerMinute())
        .put("max_concurrent", key.maxConcurrent())
        .put("expiry_date", key.expiresAt().toString())
        .put("created_at", text(key.createdAt()))
        .put("disabled", key.disabled())
        .put("quota_mode", key.quotaMode().name().toLowerCase(Locale.ROOT))
        .put("has_upstream_key", key.upstreamKey() != null);
    ApiKey.Previous previous = key.previous();
    json.put("previous_valid_until", previous == null ? null : text(previous.validUntil()));
    return json;
  }

  static NewKey newKey(ObjectNode fields, KeyDigest digest) {
    String expiry = string(fields, "expiry_date");
    String upstream = string(fields, "upstream_key");
    return new NewKey(
        digest,
        null,
        fields.path("name").asString(""),
        string(fields, "model"),
        strings(fields.path("models")),
        fields.path("token_limit_per_5h").asLong(),
        count(fields.path("requests_per_minute")),
        count(fields.path("max_concurrent")),
        expiry == null ? null : Instant.parse(expiry),
        upstream == null ? null : new Secret(upstream),
        mode(fields.path("quota_mode")));
  }

  /** A definition with these fields changed; throws IllegalArgumentException for a bad value. */
  static ApiKey apply(ObjectNode fields, ApiKey key) {
    KeyDraft draft = new KeyDraft(key);
    fields.forEachEntry((name, value) -> set(draft, name, value));
    return draft.key();
  }

  private static void set(KeyDraft draft, String name, JsonNode value) {
    String text = value.isString() ? value.asString() : null;
    switch (name) {
      case "name" -> draft.name(text == null ? "" : text);
      case "model" -> draft.model(text);
      case "models" -> draft.models(strings(value));
      case "token_limit_per_5h" -> draft.tokenLimitPer5h(value.asLong());
      case "requests_per_minute" -> draft.requestsPerMinute(count(value));
      case "max_concurrent" -> draft.maxConcurrent(count(value));
      case "expiry_date" -> draft.expiresAt(Instant.parse(value.asString()));
      case "disabled" -> draft.disabled(value.asBoolean());
      case "upstream_key" -> draft.upstreamKey(text == null ? null : new Secret(text));
      case "quota_mode" -> draft.quotaMode(mode(value));
      default -> throw new IllegalArgumentException(name + ": no such field");
    }
  }

  private static QuotaMode mode(JsonNode value) {
    return value.asString("").equals("strict") ? QuotaMode.STRICT : QuotaMode.ADAPTIVE;
  }

  private static @Nullable String string(ObjectNode fields, String name) {
    return fields.hasNonNull(name) ? fields.get(name).asString() : null;
  }

  private static @Nullable Integer count(JsonNode value) {
    return value.isNumber() ? value.asInt() : null;
  }

  private static List<String> strings(JsonNode array) {
    List<String> list = new ArrayList<>();
    array.forEach(each -> list.add(each.asString("")));
    return list;
  }

  private static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }
}
