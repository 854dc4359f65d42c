package dev.tallygate.tracing;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.CallTrace;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.proxy.UpstreamTarget;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The span of one call, with attributes by OpenTelemetry's conventions for generative AI; nothing
 * of what was asked or answered.
 */
final class CallSpan implements CallTrace {
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("gen_ai.operation.name");
  private static final AttributeKey<String> PROVIDER =
      AttributeKey.stringKey("gen_ai.provider.name");
  private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
  private static final AttributeKey<Boolean> STREAM =
      AttributeKey.booleanKey("gen_ai.request.stream");
  private static final AttributeKey<Long> INPUT = AttributeKey.longKey("gen_ai.usage.input_tokens");
  private static final AttributeKey<Long> CACHE_READ =
      AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");
  private static final AttributeKey<Long> CACHE_WRITTEN =
      AttributeKey.longKey("gen_ai.usage.cache_creation.input_tokens");
  private static final AttributeKey<Long> OUTPUT =
      AttributeKey.longKey("gen_ai.usage.output_tokens");
  private static final AttributeKey<Double> FIRST_CHUNK =
      AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
  private static final AttributeKey<String> KEY = AttributeKey.stringKey("tallygate.key.id");
  private static final AttributeKey<String> REQUEST =
      AttributeKey.stringKey("tallygate.request.id");
  private static final AttributeKey<Long> ESTIMATED =
      AttributeKey.longKey("tallygate.usage.estimated_tokens");

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Span span;
  private final Operation operation;
  private final String traceParent;
  private final @Nullable String traceState;

  CallSpan(Span span, Operation operation, String traceParent, @Nullable String traceState) {
    this.span = span;
    this.operation = operation;
    this.traceParent = traceParent;
    this.traceState = traceState;
  }

  @Override
  public String traceId() {
    return span.getSpanContext().getTraceId();
  }

  @Override
  public String traceParent() {
    return traceParent;
  }

  @Override
  public @Nullable String traceState() {
    return traceState;
  }

  /** Ends it with what the exchange has come to. */
  void end(Exchange exchange) {
    if (span.isRecording()) {
      describe(exchange);
    }
    span.end();
  }

  private void describe(Exchange exchange) {
    span.setAttribute(OPERATION, operation.word());
    // The one whose API it is; whose the model is, the server's address tells.
    span.setAttribute(PROVIDER, exchange.format() == ApiFormat.ANTHROPIC ? "anthropic" : "openai");
    span.setAttribute(REQUEST, exchange.requestId());
    String model = exchange.model();
    if (model != null) {
      span.updateName(operation.word() + " " + model);
      span.setAttribute(MODEL, model);
    }
    if (exchange.key() != null) {
      span.setAttribute(KEY, exchange.key().id());
    }
    UpstreamTarget upstream = exchange.upstream();
    if (upstream != null) {
      span.setAttribute(ADDRESS, upstream.host());
      span.setAttribute(PORT, (long) upstream.port());
    }
    if (exchange.status() != 0) {
      span.setAttribute(STATUS, (long) exchange.status());
    }
    if (exchange.isStream()) {
      span.setAttribute(STREAM, true);
      if (exchange.bytesOut() > 0) {
        span.setAttribute(FIRST_CHUNK, exchange.firstByteNanos() / NANOS);
      }
    }
    usage(exchange);
    String error = error(exchange);
    if (error != null) {
      span.setAttribute(ERROR_TYPE, error);
      span.setStatus(StatusCode.ERROR);
    }
  }

  private void usage(Exchange exchange) {
    TokenUsage usage = exchange.usage();
    if (usage.total() == 0) {
      return;
    }
    span.setAttribute(INPUT, usage.input());
    span.setAttribute(OUTPUT, usage.output());
    set(CACHE_READ, usage.cacheRead());
    set(CACHE_WRITTEN, usage.cacheWritten());
    set(ESTIMATED, exchange.estimatedTokens());
  }

  private void set(AttributeKey<Long> attribute, long tokens) {
    if (tokens > 0) {
      span.setAttribute(attribute, tokens);
    }
  }

  /** The gateway's own reason, else the status, else how the answer was cut; null for none. */
  private static @Nullable String error(Exchange exchange) {
    ApiError own = exchange.error();
    if (own != null) {
      return own.reason();
    }
    if (exchange.status() >= 400) {
      return Integer.toString(exchange.status());
    }
    Outcome outcome = exchange.outcome();
    return outcome == null || outcome == Outcome.RELAYED || outcome == Outcome.ANSWERED
        ? null
        : outcome.name().toLowerCase(Locale.ROOT);
  }
}
