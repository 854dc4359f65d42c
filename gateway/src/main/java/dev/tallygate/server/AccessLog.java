package dev.tallygate.server;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.Exchange;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line per finished exchange, with the key's id, never its name or secret, and nothing of what
 * was asked or answered.
 */
public final class AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger("tallygate.access");

  private AccessLog() {}

  /** Writes the line of an exchange that has ended. */
  public static void log(Exchange exchange) {
    LoggingEventBuilder line =
        LOG.atInfo()
            .addKeyValue("request_id", exchange.requestId())
            .addKeyValue("method", exchange.request().method().name())
            .addKeyValue("path", exchange.path())
            .addKeyValue("status", exchange.status());
    if (exchange.outcome() != null) {
      line = line.addKeyValue("outcome", exchange.outcome().name().toLowerCase(Locale.ROOT));
    }
    ApiError error = exchange.error();
    if (error != null) {
      line = line.addKeyValue("error", error.code());
      if (!error.reason().equals(error.code())) {
        line = line.addKeyValue("reason", error.reason());
      }
    }
    if (exchange.trace() != null) {
      line = line.addKeyValue("trace_id", exchange.trace().traceId());
    }
    ApiKey key = exchange.key();
    if (key != null) {
      line = line.addKeyValue("key", key.id());
    }
    if (exchange.model() != null) {
      line = line.addKeyValue("model", exchange.model());
    }
    TokenUsage usage = exchange.usage();
    if (usage.total() > 0) {
      line =
          line.addKeyValue("input_tokens", usage.input())
              .addKeyValue("output_tokens", usage.output());
      if (exchange.estimated()) {
        line = line.addKeyValue("estimated", true);
      }
    }
    if (exchange.isStream()) {
      line = line.addKeyValue("stream", true);
    }
    if (exchange.upstreamNanos() > 0) {
      line = line.addKeyValue("upstream_ms", exchange.upstreamNanos() / 1_000_000);
    }
    line.addKeyValue("bytes", exchange.bytesOut())
        .addKeyValue("first_byte_ms", exchange.firstByteNanos() / 1_000_000)
        .addKeyValue("duration_ms", exchange.elapsedNanos() / 1_000_000)
        .log("request");
  }
}
