package dev.tallygate.benchmarks.compare;

import java.util.Map;

/**
 * A contender that runs.
 *
 * @param server the upstream itself where there is no gateway
 */
record Gateway(Contender contender, Server server, Server upstream) {
  /** Portkey drops queries; its streams are asked for by the upstream's address. */
  String path(Scenario scenario) {
    return contender == Contender.PORTKEY ? Scenario.PATH : scenario.path();
  }

  /** What a client of it has to send besides its key. */
  Map<String, String> headers(Scenario scenario) {
    if (contender != Contender.PORTKEY) {
      return Map.of();
    }
    String host = "http://127.0.0.1:" + upstream.port() + (scenario.stream() ? "/streamed" : "");
    return Map.of("x-portkey-provider", "openai", "x-portkey-custom-host", host + "/v1");
  }
}
