package dev.tallygate.app;

import dev.tallygate.config.Config;
import dev.tallygate.metrics.CallMeters;
import dev.tallygate.metrics.MetricsReport;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.CallTracer;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.server.AccessLog;
import dev.tallygate.tracing.Tracing;
import dev.tallygate.tracing.TracingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What watches the calls, each part where it is configured: metrics, traces, the access log. */
final class Observation implements Reloadable, AutoCloseable {
  private final @Nullable CallMeters meters;
  private final @Nullable Tracing tracing;
  private volatile boolean accessLog;

  private Observation(boolean accessLog, @Nullable CallMeters meters, @Nullable Tracing tracing) {
    this.accessLog = accessLog;
    this.meters = meters;
    this.tracing = tracing;
  }

  /** Starts what is configured. */
  static Observation start(Config config, Ticker ticker) {
    Config.Metrics metrics = config.metrics();
    boolean told = metrics.enabled() && config.management().port().isPresent();
    return new Observation(
        config.logging().accessLog(),
        told ? new CallMeters(metrics.maxKeys()) : null,
        tracing(config.tracing(), ticker));
  }

  private static @Nullable Tracing tracing(Config.Tracing config, Ticker ticker) {
    return config.endpoint() == null
        ? null
        : Tracing.start(
            new TracingSettings(
                config.endpoint(),
                config.headers(),
                config.serviceName(),
                Version.number(),
                config.sampled()),
            ticker);
  }

  /** Places exchanges in traces, where there are any. */
  CallTracer tracer() {
    return tracing == null ? exchange -> null : tracing::begin;
  }

  /** Those who are told of every exchange that has ended. */
  List<Consumer<Exchange>> listeners() {
    List<Consumer<Exchange>> listeners = new ArrayList<>();
    if (meters != null) {
      listeners.add(meters::finished);
    }
    if (tracing != null) {
      listeners.add(tracing::finished);
    }
    listeners.add(exchange -> {
      if (accessLog) {
        AccessLog.log(exchange);
      }
    });
    return listeners;
  }

  @Override
  public void reload(Config config) {
    accessLog = config.logging().accessLog();
  }

  /** What is measured of the gateway whose state is read so; null where nothing is. */
  @Nullable MetricsReport report(GatewayReadings readings, Ticker ticker) {
    return meters == null
        ? null
        : new MetricsReport(
            new MetricsReport.Sources(
                meters, readings, readings::keys, readings.quota()::view, Version.number()),
            readings.server().eventLoops(),
            ticker);
  }

  /** Exports the traces that are left; blocks for some seconds at most. */
  @Override
  public void close() {
    if (tracing != null) {
      tracing.close();
    }
  }
}
