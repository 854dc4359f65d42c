package dev.tallygate.tracing;

import dev.tallygate.model.Secret;
import java.net.URI;
import java.util.Map;

/**
 * What traces are told.
 *
 * @param endpoint base of the collector, without a trailing slash
 * @param headers what is sent along with each export, credentials for instance
 * @param serviceName what the gateway is called in traces
 * @param serviceVersion the version of the gateway
 * @param sampled the part of the calls that is traced, 0 to 1, where the client has not decided
 */
public record TracingSettings(
    URI endpoint,
    Map<String, Secret> headers,
    String serviceName,
    String serviceVersion,
    double sampled) {
  /** Copies the map. */
  public TracingSettings {
    headers = Map.copyOf(headers);
  }
}
