package dev.tallygate.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An exporter whose failures are told once, and their end too. Called by the thread that exports.
 */
final class ToldExporter implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(ToldExporter.class);

  private final SpanExporter exporter;
  private final URI endpoint;
  private final AtomicBoolean failing = new AtomicBoolean();

  ToldExporter(SpanExporter exporter, URI endpoint) {
    this.exporter = exporter;
    this.endpoint = endpoint;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    return result.whenComplete(() -> told(result));
  }

  private void told(CompletableResultCode result) {
    if (failing.getAndSet(!result.isSuccess()) == result.isSuccess()) {
      if (result.isSuccess()) {
        LOG.info("traces reach the collector at {} again", endpoint);
      } else {
        LOG.warn(
            "traces do not reach the collector at {} and are dropped, calls are served all the"
                + " same: {}",
            endpoint,
            reason(result.getFailureThrowable()));
      }
    }
  }

  /** What the network says; where it says nothing, there was an answer. */
  private static String reason(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof IOException)) {
      cause = cause.getCause();
    }
    return cause == null ? "it does not take them" : cause.toString();
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
