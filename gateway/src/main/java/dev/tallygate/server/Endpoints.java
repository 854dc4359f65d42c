package dev.tallygate.server;

import dev.tallygate.auth.AuthResult;
import dev.tallygate.auth.CacheStats;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.quota.QuotaEnforcer;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
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
  private final KeyStats keyStats;
  private final RecentUsage recent;
  private final Executor blocking;
  private final HolderPage page = new HolderPage();

  /**
   * @param totals what a key, named by its id, has used
   * @param recent what it has used lately
   * @param blocking runs what must not be on an event loop
   */
  public Endpoints(
      String version,
      Ticker ticker,
      Supplier<Health> health,
      Supplier<CacheStats> cache,
      QuotaEnforcer quota,
      Function<String, KeyTotals> totals,
      RecentUsage recent,
      Executor blocking) {
    this.version = version;
    this.ticker = ticker;
    this.health = health;
    this.cache = cache;
    this.keyStats = new KeyStats(ticker, quota, totals);
    this.recent = recent;
    this.blocking = blocking;
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
      default -> CACHE_STATS.contains(path) || page.has(path);
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
    } else if (page.isFor(exchange.request(), exchange.path())) {
      page(client, exchange);
    } else {
      respond(client, new Answer(200, root()));
    }
  }

  private void page(ClientConnection client, Exchange exchange) {
    CompletableFuture<FullHttpResponse> answer =
        page.answer(exchange.path(), exchange.request(), blocking);
    if (answer.isDone()) {
      client.answer(answer.join(), null);
    } else {
      later(client, exchange, answer, file -> client.answer(file, null));
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
      case AuthResult.Authenticated known when stats -> stats(client, exchange, known.key());
      // Whoever holds an expired key should be able to see that it expired.
      case AuthResult.Forbidden known when stats -> stats(client, exchange, known.key());
      case AuthResult.Authenticated known -> {
        exchange.authenticated(known.key());
        respond(client, new Answer(200, cacheStats()));
      }
      case AuthResult other -> client.refuse(Refusals.unauthenticated(other));
    }
  }

  /** Answers when the ledger has been asked, elsewhere; the rest is as of then. */
  private void stats(ClientConnection client, Exchange exchange, ApiKey key) {
    exchange.authenticated(key);
    later(
        client,
        exchange,
        recent.of(key.id()),
        usage -> respond(client, new Answer(200, keyStats.of(key, usage))));
  }

  /** Answers with what comes from another thread, on the loop, unless the exchange has ended. */
  private static <T> void later(
      ClientConnection client, Exchange exchange, CompletableFuture<T> found, Consumer<T> answer) {
    var _ =
        found
            .handleAsync(
                (told, bug) -> {
                  if (exchange.outcome() == null) {
                    if (bug != null) {
                      throw new CompletionException(bug);
                    }
                    answer.accept(told);
                  }
                  return null;
                },
                exchange.worker().loop())
            .exceptionally(bug -> {
              client.unexpected(bug);
              return null;
            });
  }

  private static boolean isRead(Exchange exchange) {
    HttpMethod method = exchange.request().method();
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  private static void respond(ClientConnection client, Answer answer) {
    client.answer(json(answer), null);
  }

  private static FullHttpResponse json(Answer answer) {
    return ErrorResponder.json(answer.status(), MAPPER.writeValueAsBytes(answer.body()));
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

  /** What {@code /cache-stats} answers, for whoever else is asked. */
  public ObjectNode cacheStats() {
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

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
