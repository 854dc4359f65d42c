package dev.tallygate.admin;

import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.usage.UsageReports;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * What the admin API works with.
 *
 * @param keys whose changes are in force, the cache included, when its methods return
 * @param lifetimes what a key, named by its id, has used since it exists
 * @param cacheStats what {@code GET /admin/v1/cache} answers
 * @param activity told of every exchange that has ended, as are the refusals
 */
public record AdminParts(
    Ticker ticker,
    KeyAdministration keys,
    QuotaEnforcer quota,
    Function<String, LifetimeUsage> lifetimes,
    KeyCache cache,
    Supplier<? extends JsonNode> cacheStats,
    UsageReports reports,
    Supplier<GatewayStatus> status,
    Activity activity,
    RecentRefusals refusals) {

  /** All operations of the API. */
  List<Route> routes(Sessions sessions, AuditLog audit) {
    KeyList list = new KeyList(ticker, quota, lifetimes);
    KeyViews json = new KeyViews(ticker, quota, lifetimes);
    List<Route> routes = new ArrayList<>();
    routes.add(OpenApi.route());
    routes.addAll(new SessionRoutes(sessions, audit).routes());
    routes.addAll(new KeyRoutes(keys, list, json, ticker, audit).routes());
    routes.addAll(new UsageRoutes(reports, keys, ticker).routes());
    routes.addAll(new CacheRoutes(cache, cacheStats, keys, audit).routes());
    routes.addAll(new StatusRoutes(status, keys, activity, refusals, ticker).routes());
    return routes;
  }
}
