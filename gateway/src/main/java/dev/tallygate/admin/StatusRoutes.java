package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How the gateway is, what it did in the last hour, and what it refused. */
final class StatusRoutes {
  /** A file with more mistakes than these is not mended from a list. */
  private static final int MOST_ENTRIES = 100;

  private final Supplier<GatewayStatus> status;
  private final KeyAdministration keys;
  private final Activity activity;
  private final RecentRefusals refusals;
  private final Ticker ticker;

  StatusRoutes(
      Supplier<GatewayStatus> status,
      KeyAdministration keys,
      Activity activity,
      RecentRefusals refusals,
      Ticker ticker) {
    this.status = status;
    this.keys = keys;
    this.activity = activity;
    this.refusals = refusals;
    this.ticker = ticker;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/admin/v1/status", Access.SIGNED_IN, call -> status()),
        new Route("GET", "/admin/v1/activity", Access.SIGNED_IN, this::activity),
        new Route("GET", "/admin/v1/keys/{id}/refusals", Access.SIGNED_IN, this::refusals));
  }

  private Reply status() {
    GatewayStatus now = status.get();
    ObjectNode body = object();
    body.put("status", now.status());
    now.reasons().forEach(body.putArray("reasons")::add);
    body.put("version", now.version());
    body.put("transport", now.transport());
    body.put("started_at", now.startedAt().toString());
    body.put("uptime_seconds", Duration.between(now.startedAt(), ticker.now()).toSeconds());
    body.put("open_calls", now.openCalls());
    body.put("open_reservations", now.openReservations());
    body.put("reserved_tokens", now.reservedTokens());
    body.put("key_count", keyCount());
    ArrayNode refused = body.putArray("refused_entries");
    for (GatewayStatus.RefusedEntry entry :
        now.refusedEntries().stream().limit(MOST_ENTRIES).toList()) {
      refused
          .addObject()
          .put("position", entry.position())
          .put("label", entry.label())
          .put("reason", entry.reason());
    }
    body.put("refused_entry_count", now.refusedEntries().size());
    body.putObject("ledger")
        .put("state", now.ledgerTrouble() == null ? "ok" : "failing")
        .put("trouble", now.ledgerTrouble());
    return Reply.json(200, body);
  }

  /** The status must also be told when there are no keys to count. */
  private int keyCount() {
    try {
      return keys.keys().size();
    } catch (StoreUnavailableException e) {
      return 0;
    }
  }

  private Reply activity(Call call) {
    Query query = Query.of(call.request(), "minutes");
    int minutes = query.number("minutes", 1, Activity.MINUTES, Activity.MINUTES);
    query.check();
    ObjectNode body = object();
    ArrayNode items = body.putArray("items");
    for (Activity.Summary minute : activity.latest(minutes)) {
      items
          .addObject()
          .put("minute", minute.start().toString())
          .put("requests", minute.requests())
          .put("refused", minute.refused())
          .put("failed", minute.failed())
          .put("tokens", minute.tokens())
          .put("latency_p50_ms", minute.medianMillis())
          .put("latency_p95_ms", minute.slowMillis());
    }
    return Reply.json(200, body);
  }

  /** A key that is gone may still be asked about, for as long as its refusals are remembered. */
  private Reply refusals(Call call) throws StoreUnavailableException {
    String id = call.parameter("id");
    List<RecentRefusals.Refusal> latest = refusals.of(id);
    if (latest.isEmpty()) {
      var _ = KeyRoutes.find(keys, id);
    }
    ObjectNode body = object();
    ArrayNode items = body.putArray("items");
    for (RecentRefusals.Refusal refusal : latest) {
      items
          .addObject()
          .put("at", refusal.at().toString())
          .put("status", refusal.status())
          .put("code", refusal.code())
          .put("reason", refusal.reason())
          .put("path", refusal.path())
          .put("model", refusal.model());
    }
    return Reply.json(200, body);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
