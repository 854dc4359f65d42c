package dev.tallygate.tracing;

import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.CallTrace;
import dev.tallygate.proxy.Exchange;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each call of a model, below the client's where that tells of one, and exports it
 * as OTLP over HTTP. Spans wait in a bounded queue; what does not fit, or does not reach the
 * collector, is dropped. Thread-safe; nothing waits but {@link #close}.
 */
public final class Tracing implements AutoCloseable {
  private static final int MAX_QUEUED_SPANS = 4096;
  private static final Duration EXPORT_DELAY = Duration.ofSeconds(1);
  private static final Duration EXPORT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LAST_EXPORT = Duration.ofSeconds(2);

  private static final String TRACE_PARENT = "traceparent";
  private static final String TRACE_STATE = "tracestate";
  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final TextMapGetter<HttpHeaders> HEADERS = new Headers();

  // Held, or its level would be forgotten: what goes wrong there, ToldExporter tells.
  private static final Logger LIBRARY_LOG = Logger.getLogger("io.opentelemetry");

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  private Tracing(SdkTracerProvider provider) {
    this.provider = provider;
    this.tracer = provider.get("dev.tallygate");
  }

  /** Starts exporting; whether the collector is there shows later. */
  public static Tracing start(TracingSettings settings, Ticker ticker) {
    LIBRARY_LOG.setLevel(Level.OFF);
    OtlpHttpSpanExporterBuilder exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(settings.endpoint() + "/v1/traces")
            .setTimeout(EXPORT_TIMEOUT);
    for (Map.Entry<String, Secret> header : settings.headers().entrySet()) {
      exporter.addHeader(header.getKey(), header.getValue().reveal());
    }
    return new Tracing(
        SdkTracerProvider.builder()
            .setClock(clock(ticker))
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                settings.serviceName(),
                                AttributeKey.stringKey("service.version"),
                                settings.serviceVersion()))))
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.sampled())))
            .addSpanProcessor(
                BatchSpanProcessor.builder(new ToldExporter(exporter.build(), settings.endpoint()))
                    .setMaxQueueSize(MAX_QUEUED_SPANS)
                    .setScheduleDelay(EXPORT_DELAY)
                    .setExporterTimeout(EXPORT_TIMEOUT)
                    .build())
            .build());
  }

  /**
   * Begins the span of an exchange whose route and key are known, as of when its request came; null
   * for one that asks no model.
   */
  public @Nullable CallTrace begin(Exchange exchange) {
    Operation operation = Operation.of(exchange.route());
    if (operation == null) {
      return null;
    }
    Context parent = W3C.extract(Context.root(), exchange.request().headers(), HEADERS);
    Span span =
        tracer
            .spanBuilder(operation.word())
            .setParent(parent)
            .setSpanKind(SpanKind.CLIENT)
            .setStartTimestamp(
                TimeUnit.MILLISECONDS.toNanos(exchange.worker().ticker().epochMillis())
                    - exchange.elapsedNanos(),
                TimeUnit.NANOSECONDS)
            .startSpan();
    Map<String, String> fields = HashMap.newHashMap(2);
    W3C.inject(
        Context.root().with(span), fields, (carrier, name, value) -> fields.put(name, value));
    return new CallSpan(
        span, operation, fields.getOrDefault(TRACE_PARENT, ""), fields.get(TRACE_STATE));
  }

  /** Ends the span of an exchange that has ended, if there is one. */
  public void finished(Exchange exchange) {
    if (exchange.trace() instanceof CallSpan span) {
      span.end(exchange);
    }
  }

  /** Exports what is left, for some seconds at most. Blocks. */
  @Override
  public void close() {
    var _ = provider.shutdown().join(LAST_EXPORT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static Clock clock(Ticker ticker) {
    return new Clock() {
      @Override
      public long now() {
        return TimeUnit.MILLISECONDS.toNanos(ticker.epochMillis());
      }

      @Override
      public long nanoTime() {
        return ticker.nanos();
      }
    };
  }

  /** Reads the fields of a request's head; of one that comes in parts, all of them. */
  private static final class Headers implements TextMapGetter<HttpHeaders> {
    @Override
    public @Nullable String get(@Nullable HttpHeaders headers, String name) {
      if (headers == null || !headers.contains(name)) {
        return null;
      }
      return name.equals(TRACE_STATE) ? String.join(",", headers.getAll(name)) : headers.get(name);
    }
  }
}
