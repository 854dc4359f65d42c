package dev.tallygate.server;

import dev.tallygate.model.ApiKey;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.InvalidBodyException;
import dev.tallygate.proxy.RequestBody;
import dev.tallygate.quota.Call;
import dev.tallygate.route.ModelChoice;
import dev.tallygate.route.ModelPolicy;
import dev.tallygate.route.Route;
import dev.tallygate.route.TokenUse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The step that decides the model of a call and writes it into the body where that is our task. */
final class ModelStep {
  private final ModelPolicy policy = new ModelPolicy();
  private final Supplier<String> defaultModel;

  ModelStep(Supplier<String> defaultModel) {
    this.defaultModel = defaultModel;
  }

  /** Prepares the exchange's body for the upstream; returns why the call is refused, or null. */
  @Nullable ApiError apply(Exchange exchange, Route.Routed route, ApiKey key) {
    HttpHeaders headers = exchange.request().headers();
    if (route.bodyUse().splicesModel()) {
      if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)
          && !headers.contains(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.IDENTITY, true)) {
        return Refusals.COMPRESSED_BODY;
      }
      return splice(exchange, route, key);
    }
    exchange.asks(unseen(route.tokens()));
    return exchange.body().isReadable() ? check(exchange, route, key, isJson(headers)) : null;
  }

  /** What cannot be read is taken for one recording, the usual content of such a body. */
  private static Call unseen(TokenUse tokens) {
    return tokens == TokenUse.NONE
        ? Call.WITHOUT_TOKENS
        : new Call(true, "", 0, 1, false, OptionalLong.empty(), answers(tokens, 1));
  }

  private static Call call(TokenUse tokens, String model, RequestBody body) {
    return tokens == TokenUse.NONE
        ? Call.WITHOUT_TOKENS
        : new Call(
            true,
            model,
            body.textBytes(),
            body.media(),
            body.refersToMore(),
            maxOutput(tokens, body),
            answers(tokens, body.n()));
  }

  /** Only by the name that the API knows: upstreams ignore the others. */
  private static OptionalLong maxOutput(TokenUse tokens, RequestBody body) {
    return switch (tokens) {
      case MAX_TOKENS -> body.maxTokens();
      case MAX_OUTPUT_TOKENS -> body.maxOutputTokens();
      case MAX_COMPLETION_TOKENS -> {
        OptionalLong newer = body.maxCompletionTokens();
        OptionalLong older = body.maxTokens();
        yield newer.isEmpty() || newer.getAsLong() < older.orElse(0) ? older : newer;
      }
      case NONE, INPUT, UNKNOWN -> OptionalLong.empty();
    };
  }

  private static int answers(TokenUse tokens, int asked) {
    return tokens == TokenUse.INPUT ? 0 : asked;
  }

  private @Nullable ApiError splice(Exchange exchange, Route.Routed route, ApiKey key) {
    RequestBody body;
    try {
      body = read(exchange.body());
    } catch (InvalidBodyException e) {
      return Refusals.invalidBody(e.getMessage());
    }
    return switch (policy.choose(key, body.model(), defaultModel.get())) {
      case ModelChoice.NoModel _ -> Refusals.NO_MODEL;
      case ModelChoice.NotAllowed refused -> Refusals.modelNotAllowed(refused.allowed());
      case ModelChoice.Chosen chosen -> {
        boolean askForUsage =
            route.bodyUse().mergesStreamOptions() && body.stream() && !body.asksForUsage();
        exchange.model(chosen.model());
        exchange.asks(call(route.tokens(), chosen.model(), body));
        exchange.edit(body.splices(chosen.model(), askForUsage));
        exchange.hideUsageChunk(askForUsage);
        yield null;
      }
    };
  }

  /** Where the model is the client's affair: only a key's list of models is enforced. */
  private @Nullable ApiError check(
      Exchange exchange, Route.Routed route, ApiKey key, boolean json) {
    boolean limited = !key.models().isEmpty();
    if (!json) {
      return limited ? Refusals.modelNotVisible(key.models()) : null;
    }
    RequestBody body;
    try {
      body = read(exchange.body());
    } catch (InvalidBodyException e) {
      // Without a list to enforce, what the upstream makes of it is between it and the client.
      return limited ? Refusals.invalidBody(e.getMessage()) : null;
    }
    String model = body.model();
    exchange.model(model);
    exchange.asks(call(route.tokens(), model == null ? "" : model, body));
    return model == null || policy.allowed(key, model)
        ? null
        : Refusals.modelNotAllowed(key.models());
  }

  private static RequestBody read(ByteBuf body) throws InvalidBodyException {
    int length = body.readableBytes();
    return body.hasArray()
        ? RequestBody.read(body.array(), body.arrayOffset() + body.readerIndex(), length)
        : RequestBody.read(ByteBufUtil.getBytes(body), 0, length);
  }

  private static boolean isJson(HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
    return type != null && type.regionMatches(true, 0, "application/json", 0, 16);
  }
}
