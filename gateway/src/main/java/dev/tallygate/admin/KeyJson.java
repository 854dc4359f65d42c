package dev.tallygate.admin;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.QuotaView;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Shows keys: their definition without any secret, and what they have used. Thread-safe. */
final class KeyJson {
  private final Ticker ticker;
  private final QuotaEnforcer quota;
  private final Function<String, LifetimeUsage> lifetimes;

  KeyJson(Ticker ticker, QuotaEnforcer quota, Function<String, LifetimeUsage> lifetimes) {
    this.ticker = ticker;
    this.quota = quota;
    this.lifetimes = lifetimes;
  }

  /** Whether a key may call at all. */
  enum Status {
    ACTIVE,
    DISABLED,
    EXPIRED;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Status of(ApiKey key, Instant now) {
      return key.disabled() ? DISABLED : now.isBefore(key.expiresAt()) ? ACTIVE : EXPIRED;
    }
  }

  ObjectNode of(ApiKey key) {
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
    json.put("created_at", text(key.createdAt()));
    json.put("disabled", key.disabled());
    json.put("quota_mode", key.quotaMode().name().toLowerCase(Locale.ROOT));
    json.put("has_upstream_key", key.upstreamKey() != null);
    ApiKey.Previous previous = key.previous();
    Instant graceEnds = previous == null ? null : previous.validUntil();
    boolean inGrace = graceEnds != null && ticker.now().isBefore(graceEnds);
    json.put("previous_valid_until", inGrace ? text(graceEnds) : null);
    json.put("status", Status.of(key, ticker.now()).label());
    json.put("etag", EntityTag.of(key));
    json.set("usage", usage(key));
    return json;
  }

  private ObjectNode usage(ApiKey key) {
    QuotaView window = quota.view(key);
    LifetimeUsage lifetime = lifetimes.apply(key.id());
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("used", window.used());
    json.put("reserved", window.reserved());
    json.put("remaining", window.remaining());
    json.put("window_started_at", window.windowStartedAt().toString());
    json.put("window_ends_at", window.windowEndsAt().toString());
    json.put("frees_at", text(quota.freesAt(key)));
    json.put("lifetime_tokens", lifetime.tokens());
    json.put("last_used", text(lifetime.lastUsed()));
    return json;
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
