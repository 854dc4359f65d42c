package dev.tallygate.server;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Seconds;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.QuotaView;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What {@code /stats} tells a key's holder: the predecessor's members, then ours. */
final class KeyStats {
  private final Ticker ticker;
  private final QuotaEnforcer quota;
  private final Function<String, KeyTotals> totals;

  KeyStats(Ticker ticker, QuotaEnforcer quota, Function<String, KeyTotals> totals) {
    this.ticker = ticker;
    this.quota = quota;
    this.totals = totals;
  }

  /**
   * The answer's body.
   *
   * @param recent the last 24 hours by model; empty where the ledger does not tell
   */
  ObjectNode of(ApiKey key, Optional<List<ModelUsage>> recent) {
    QuotaView window = quota.view(key);
    KeyTotals used = totals.apply(key.id());
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("key", key.display());
    body.put("name", key.name());
    body.put("model", key.model());
    body.put("token_limit_per_5h", key.tokenLimitPer5h());
    body.put("expiry_date", key.expiresAt().toString());
    body.put("created_at", Objects.toString(key.createdAt(), null));
    body.put("last_used", Objects.toString(used.lastUsed(), null));
    body.put("is_expired", !ticker.now().isBefore(key.expiresAt()));
    ObjectNode current = body.putObject("current_usage");
    current.put("tokens_used_in_current_window", window.used());
    current.put("window_started_at", window.windowStartedAt().toString());
    current.put("window_ends_at", window.windowEndsAt().toString());
    current.put("remaining_tokens", window.remaining());
    body.put("total_lifetime_tokens", used.lifetimeTokens());
    body.put("reserved_tokens", window.reserved());
    body.put("frees_at", Objects.toString(quota.freesAt(key), null));
    requests(window.requests(), body);
    body.put("max_concurrent", key.maxConcurrent());
    body.put("open_calls", window.open());
    body.put("is_disabled", key.disabled());
    key.models().forEach(body.putArray("models")::add);
    recent.ifPresentOrElse(models -> byModel(models, body), () -> body.putNull("usage_last_24h"));
    return body;
  }

  private static void requests(QuotaView.@Nullable Requests requests, ObjectNode body) {
    if (requests == null) {
      body.putNull("requests");
      return;
    }
    body.putObject("requests")
        .put("limit", requests.limit())
        .put("remaining", requests.remaining())
        .put("resets_in_seconds", Seconds.roundedUp(requests.reset()));
  }

  private static void byModel(List<ModelUsage> models, ObjectNode body) {
    var rows = body.putArray("usage_last_24h");
    for (ModelUsage usage : models) {
      rows.addObject()
          .put("model", usage.model())
          .put("requests", usage.requests())
          .put("input", usage.input())
          .put("output", usage.output())
          .put("total", usage.input() + usage.output());
    }
  }
}
