package dev.tallygate.server;

import dev.tallygate.auth.AuthResult;
import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.Credentials;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Secret;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.CallTracer;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Relay;
import dev.tallygate.proxy.Upstream;
import dev.tallygate.proxy.Worker;
import dev.tallygate.quota.Admission;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.route.Route;
import dev.tallygate.route.RouteName;
import dev.tallygate.route.Router;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a request, in their order: route, authenticate, collect the body, choose the model,
 * check the quota, relay. Holds nothing of a request; runs on the event loop of the connection.
 */
final class CallHandler {
  private static final String X_API_KEY = "x-api-key";
  private static final String BEARER = "Bearer ";
  private static final String ANTHROPIC_PATH = "/v1/messages";
  // Anthropic's clients send it with every call.
  private static final String ANTHROPIC_VERSION = "anthropic-version";

  private final Router router = new Router();
  private final Authenticator authenticator;
  private final UnknownKeys strangers;
  private final ModelStep models;
  private final QuotaEnforcer quota;
  private final Map<ApiFormat, Upstream> upstreams;
  private final Endpoints endpoints;
  private final CallTracer tracer;

  CallHandler(
      Authenticator authenticator,
      UnknownKeys strangers,
      ModelStep models,
      QuotaEnforcer quota,
      Map<ApiFormat, Upstream> upstreams,
      Endpoints endpoints,
      CallTracer tracer) {
    this.authenticator = authenticator;
    this.strangers = strangers;
    this.models = models;
    this.quota = quota;
    this.upstreams = upstreams;
    this.endpoints = endpoints;
    this.tracer = tracer;
  }

  /** A request's head has arrived. */
  void begin(Worker worker, ClientConnection client, HttpRequest request) {
    String path = Router.path(request.uri());
    Route route = router.route(request.method().name(), request.uri());
    ApiFormat format =
        route instanceof Route.Routed routed ? routed.format() : guess(path, request.headers());
    String id = RequestIds.of(request.headers().get(ErrorResponder.X_REQUEST_ID));
    Exchange exchange = new Exchange(worker, client, request, id, format, path);
    boolean room = client.begin(exchange);
    ApiError fault = HeadRules.fault(request);
    if (fault != null) {
      client.refuseAndEnd(fault);
    } else if (!room) {
      client.refuse(Refusals.TOO_MANY_CALLS);
    } else if (Cors.isPreflight(request)) {
      client.answer(Cors.preflight(request), null);
    } else if (endpoints.owns(exchange.path())) {
      exchange.routed(RouteName.ofOwn(exchange.path()));
      own(client, exchange);
    } else {
      switch (route) {
        case Route.NoRoute none -> client.refuse(Refusals.noRoute(none));
        case Route.Routed routed -> {
          exchange.routed(routed.name());
          authenticate(client, exchange, result -> authenticated(client, exchange, routed, result));
        }
      }
    }
  }

  /** The shape in which whoever asked for what is not there can read the error. */
  private static ApiFormat guess(String path, HttpHeaders headers) {
    return path.startsWith(ANTHROPIC_PATH) || headers.contains(ANTHROPIC_VERSION)
        ? ApiFormat.ANTHROPIC
        : ApiFormat.OPENAI;
  }

  private void own(ClientConnection client, Exchange exchange) {
    if (endpoints.needsKey(exchange.path())) {
      authenticate(client, exchange, result -> endpoints.answer(client, exchange, result));
    } else {
      endpoints.answer(client, exchange);
    }
  }

  private void authenticated(
      ClientConnection client, Exchange exchange, Route.Routed route, AuthResult result) {
    switch (result) {
      case AuthResult.Authenticated known -> {
        exchange.authenticated(known.key());
        // Not before: strangers could fill what waits to be exported.
        exchange.traced(tracer.begin(exchange));
        exchange.expectsUsage(route.tokens().isTold());
        client.collectBody(() -> bodyArrived(client, exchange, route, known.key()));
      }
      case AuthResult.Forbidden known -> {
        // Whoever looks for why they were refused looks for their key.
        exchange.authenticated(known.key());
        client.refuse(Refusals.unauthenticated(known));
      }
      case AuthResult other -> client.refuse(Refusals.unauthenticated(other));
    }
  }

  private void bodyArrived(
      ClientConnection client, Exchange exchange, Route.Routed route, ApiKey key) {
    Upstream upstream = upstream(route.format());
    Secret credential =
        key.upstreamKey() != null ? key.upstreamKey() : upstream.target().credential();
    if (credential == null) {
      client.refuse(Refusals.NOT_CONFIGURED);
      return;
    }
    ApiError refusal = models.apply(exchange, route, key);
    if (refusal != null) {
      client.refuse(refusal);
      return;
    }
    String trouble = exchange.worker().ledger().trouble();
    if (trouble != null) {
      client.refuse(Refusals.ledgerUnavailable(trouble));
      return;
    }
    // Before the quota, which counts the call among the key's requests per minute.
    refusal = upstream.refusal(credential, exchange.expectsUsage());
    if (refusal != null) {
      client.refuse(refusal);
      return;
    }
    switch (quota.admit(key, exchange.call())) {
      case Admission.Rejected rejected -> client.refuse(Refusals.rejected(rejected));
      case Admission.NeverFits tooLarge -> client.refuse(Refusals.neverFits(tooLarge));
      case Admission.Admitted admitted -> {
        exchange.admitted(admitted.reservation());
        new Relay(exchange, upstream, route.upstreamTarget(), credential).start();
      }
    }
  }

  /**
   * Asks memory, and only when that does not know the store, in which case {@code then} runs later
   * on the same loop. Where an address has presented many keys that nobody knows, the store is left
   * alone: whoever memory knows is served from there as well.
   */
  private void authenticate(ClientConnection client, Exchange exchange, Consumer<AuthResult> then) {
    Credentials credentials = credentials(exchange.request().headers());
    AuthResult known = authenticator.fromMemory(credentials);
    if (known != null) {
      admit(client, known, then);
      return;
    }
    Duration wait = strangers.wait(client.address());
    if (wait != null) {
      client.refuse(Refusals.tooManyUnknownKeys(wait));
      return;
    }
    var _ =
        authenticator
            .fromStore(credentials)
            .thenAcceptAsync(
                result -> {
                  if (exchange.outcome() == null) {
                    admit(client, result, then);
                  }
                },
                exchange.worker().loop())
            .exceptionally(bug -> {
              client.unexpected(bug);
              return null;
            });
  }

  private void admit(ClientConnection client, AuthResult result, Consumer<AuthResult> then) {
    Duration wait =
        result instanceof AuthResult.Unauthenticated stranger && stranger.presented()
            ? strangers.count(client.address())
            : null;
    if (wait == null) {
      then.accept(result);
    } else {
      client.refuse(Refusals.tooManyUnknownKeys(wait));
    }
  }

  private static Credentials credentials(HttpHeaders headers) {
    String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
    boolean bearer =
        authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
    @Nullable String token = bearer ? authorization.substring(BEARER.length()).strip() : null;
    return new Credentials(token, headers.get(X_API_KEY));
  }

  private Upstream upstream(ApiFormat format) {
    Upstream upstream = upstreams.get(format);
    if (upstream == null) {
      throw new IllegalStateException("no upstream for " + format);
    }
    return upstream;
  }
}
