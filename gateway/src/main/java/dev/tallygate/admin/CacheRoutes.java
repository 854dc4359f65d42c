package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** The key cache: its counters, and forgetting what it holds. */
final class CacheRoutes {
  private static final String CACHE = "/admin/v1/cache";

  private final KeyCache cache;
  private final Supplier<? extends JsonNode> stats;
  private final KeyAdministration keys;
  private final AuditLog audit;

  CacheRoutes(
      KeyCache cache, Supplier<? extends JsonNode> stats, KeyAdministration keys, AuditLog audit) {
    this.cache = cache;
    this.stats = stats;
    this.keys = keys;
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", CACHE, Access.SIGNED_IN, call -> Reply.json(200, stats.get())),
        new Route("POST", CACHE + "/clear", Access.SIGNED_IN, this::clear),
        new Route("POST", CACHE + "/invalidate/{id}", Access.SIGNED_IN, this::invalidate));
  }

  private Reply clear(Call call) {
    cache.clear();
    audit.changed(call, "cache.clear");
    return Reply.empty(204);
  }

  private Reply invalidate(Call call) throws StoreUnavailableException {
    ApiKey key = KeyRoutes.find(keys, call.parameter("id"));
    cache.invalidate(key.digest());
    if (key.previous() != null) {
      cache.invalidate(key.previous().digest());
    }
    audit.changed(call, "cache.invalidate", key.id());
    return Reply.empty(204);
  }
}
