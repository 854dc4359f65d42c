package dev.tallygate.admin;

import dev.tallygate.keys.KeyJson;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.QuotaView;
import java.util.Objects;
import java.util.function.Function;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Shows keys: their definition without any secret, and what they have used. Thread-safe. */
final class KeyViews {
  private final Ticker ticker;
  private final QuotaEnforcer quota;
  private final Function<String, LifetimeUsage> lifetimes;

  KeyViews(Ticker ticker, QuotaEnforcer quota, Function<String, LifetimeUsage> lifetimes) {
    this.ticker = ticker;
    this.quota = quota;
    this.lifetimes = lifetimes;
  }

  ObjectNode of(ApiKey key) {
    ObjectNode json = KeyJson.shown(key, ticker.now());
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
    json.put("frees_at", Objects.toString(quota.freesAt(key), null));
    json.put("lifetime_tokens", lifetime.tokens());
    json.put("last_used", Objects.toString(lifetime.lastUsed(), null));
    return json;
  }
}
