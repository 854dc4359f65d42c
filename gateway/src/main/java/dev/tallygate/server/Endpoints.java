package dev.tallygate.server;

import dev.tallygate.auth.AuthResult;
import dev.tallygate.auth.CacheStats;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.QuotaView;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The gateway's own endpoints. The shapes of all but {@code /} are those of the predecessor. */
public final class Endpoints {
  private static final String ROOT = "/";
  private static final String HEALTH = "/health";
  private static final String STATS = "/stats";
  private static final List<String> CACHE_STATS = List.of("/cache-stats", "/cache/stats");
  // Probed by coding agents before their first call.
  private static final String HELLO = "/api/hello";

  private static final List<String> ALLOWED = List.of("GET", "HEAD");
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final String version;
  private final Ticker ticker;
  private final Supplier<Health> health;
  private final Supplier<CacheStats> cache;
  private final QuotaEnforcer quota;
  private final Function<String, KeyTotals> totals;

  /**
   * @param totals what a key, named by its id, has used
   */
  public Endpoints(
      String version,
      Ticker ticker,
      Supplier<Health> health,
      Supplier<CacheStats> cache,
      QuotaEnforcer quota,
      Function<String, KeyTotals> totals) {
    this.version = version;
    this.ticker = ticker;
    this.health = health;
    this.cache = cache;
    this.quota = quota;
    this.totals = totals;
  }

  /** What an endpoint says. */
  public record Answer(int status, ObjectNode body) {}

  /** What {@code /health} answers, for whoever else is asked. */
  public Answer health() {
    Health now = health.get();
    return new Answer(now.state() == Health.State.NOT_READY ? 503 : 200, health(now));
  }

  boolean owns(String path) {
    return switch (path) {
      case ROOT, HEALTH, STATS, HELLO -> true;
      default -> CACHE_STATS.contains(path);
    };
  }

  boolean needsKey(String path) {
    return path.equals(STATS) || CACHE_STATS.contains(path);
  }

  /** Answers an endpoint that is open to all. */
  void answer(ClientConnection client, Exchange exchange) {
    if (!isRead(exchange)) {
      client.refuse(Refusals.methodNotAllowed(ALLOWED));
    } else if (exchange.path().equals(HEALTH)) {
      respond(client, health());
    } else {
      respond(client, new Answer(200, root()));
    }
  }

  /** Answers an endpoint that needs a key. */
  void answer(ClientConnection client, Exchange exchange, AuthResult result) {
    if (!isRead(exchange)) {
      client.refuse(Refusals.methodNotAllowed(ALLOWED));
      return;
    }
    boolean stats = exchange.path().equals(STATS);
    switch (result) {
      case AuthResult.Authenticated known -> {
        exchange.authenticated(known.key());
        respond(client, new Answer(200, stats ? stats(known.key()) : cacheStats()));
      }
      // Whoever holds an expired key should be able to see that it expired.
      case AuthResult.Forbidden known when stats -> {
        exchange.authenticated(known.key());
        respond(client, new Answer(200, stats(known.key())));
      }
      case AuthResult other -> client.refuse(Refusals.unauthenticated(other));
    }
  }

  private static boolean isRead(Exchange exchange) {
    HttpMethod method = exchange.request().method();
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  private static void respond(ClientConnection client, Answer answer) {
    byte[] body = MAPPER.writeValueAsBytes(answer.body());
    client.answer(ErrorResponder.json(answer.status(), body), null);
  }

  private ObjectNode root() {
    ObjectNode root = object().put("name", "Tallygate").put("version", version);
    ObjectNode endpoints = root.putObject("endpoints");
    endpoints.put("health", "GET /health");
    endpoints.put("stats", "GET /stats");
    endpoints.put("cache_stats", "GET /cache-stats");
    endpoints.put("anthropic_messages", "POST /v1/messages");
    endpoints.put("openai", "/v1/*");
    return root;
  }

  private ObjectNode health(Health now) {
    ObjectNode body =
        object()
            .put("status", now.state().name().toLowerCase(Locale.ROOT))
            .put("timestamp", ticker.now().toString());
    if (!now.reasons().isEmpty()) {
      now.reasons().forEach(body.putArray("reasons")::add);
    }
    return body;
  }

  private ObjectNode stats(ApiKey key) {
    QuotaView window = quota.view(key);
    KeyTotals used = totals.apply(key.id());
    Instant now = ticker.now();
    ObjectNode body = object();
    body.put("key", key.display());
    body.put("name", key.name());
    body.put("model", key.model());
    body.put("token_limit_per_5h", key.tokenLimitPer5h());
    body.put("expiry_date", key.expiresAt().toString());
    body.put("created_at", text(key.createdAt()));
    body.put("last_used", text(used.lastUsed()));
    body.put("is_expired", !now.isBefore(key.expiresAt()));
    ObjectNode current = body.putObject("current_usage");
    current.put("tokens_used_in_current_window", window.used());
    current.put("window_started_at", window.windowStartedAt().toString());
    current.put("window_ends_at", window.windowEndsAt().toString());
    current.put("remaining_tokens", window.remaining());
    body.put("total_lifetime_tokens", used.lifetimeTokens());
    return body;
  }

  private ObjectNode cacheStats() {
    CacheStats stats = cache.get();
    ObjectNode body = object();
    body.put("hits", stats.hits());
    body.put("misses", stats.misses());
    body.put("hitRate", stats.hitRate());
    body.put("size", stats.size());
    body.put("maxSize", stats.maxSize());
    body.put("enabled", stats.enabled());
    body.put("negativeHits", stats.negativeHits());
    body.put("evictions", stats.evictions());
    body.put("expirations", stats.expirations());
    body.put("invalidations", stats.invalidations());
    body.put("loads", stats.loads());
    body.put("loadFailures", stats.loadFailures());
    body.put("staleServed", stats.staleServed());
    body.put("averageLoadMicros", stats.averageLoadMicros());
    return body;
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
