package dev.tallygate.blackbox;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A gateway in front of a fake upstream, and the keys that tests of the relay call with. */
final class GatewayAndUpstream implements AutoCloseable {
  /** A key whose calls are made with {@code glm-4.7}. */
  static final String KEY = "pk_relay_fixed_model";

  /** A key whose calls are made with the model they ask for. */
  static final String FREE_KEY = "pk_relay_free_model";

  /** A key with an upstream credential of its own, {@link #OWN_CREDENTIAL}. */
  static final String OWN_KEY = "pk_relay_own_upstream";

  static final String OWN_CREDENTIAL = "credential-of-this-user";

  /** Header fields that present a key. */
  static final String BEARER = "Authorization: Bearer " + KEY;

  static final String FREE_BEARER = "Authorization: Bearer " + FREE_KEY;
  static final String JSON = "Content-Type: application/json";

  static final String CHAT = "/v1/chat/completions";
  static final String MESSAGES = "/v1/messages";

  final FakeUpstream upstream;
  final RunningGateway gateway;

  private GatewayAndUpstream(FakeUpstream upstream, RunningGateway gateway) {
    this.upstream = upstream;
    this.gateway = gateway;
  }

  /** Starts both; {@code variables} are the gateway's, names and values in turn. */
  static GatewayAndUpstream start(Path folder, String... variables) throws IOException {
    return start(folder, FakeUpstream.start(), variables);
  }

  /** Starts a gateway in front of an upstream and takes that over. */
  static GatewayAndUpstream start(Path folder, FakeUpstream upstream, String... variables)
      throws IOException {
    writeKeys(folder);
    return new GatewayAndUpstream(upstream, RunningGateway.start(folder, upstream, map(variables)));
  }

  /** Starts both; the gateway goes by another clock. */
  static GatewayAndUpstream start(Path folder, Ticker ticker, String... variables)
      throws IOException {
    writeKeys(folder);
    FakeUpstream upstream = FakeUpstream.start();
    return new GatewayAndUpstream(
        upstream, RunningGateway.start(folder, upstream, map(variables), ticker));
  }

  /** Starts both with a key file that is there already. */
  static GatewayAndUpstream startWithKeysAsTheyAre(Path folder, String... variables)
      throws IOException {
    FakeUpstream upstream = FakeUpstream.start();
    return new GatewayAndUpstream(upstream, RunningGateway.start(folder, upstream, map(variables)));
  }

  /** Writes the key file with the keys above. */
  static KeyFiles writeKeys(Path folder) throws IOException {
    return KeyFiles.in(folder)
        .write(
            KeyFiles.key(KEY).id("fixed").model("glm-4.7").limit(1_000_000),
            KeyFiles.key(FREE_KEY).id("free").model("*").limit(1_000_000),
            KeyFiles.key(OWN_KEY)
                .id("own")
                .model("glm-4.7")
                .limit(1_000_000)
                .upstreamKey(OWN_CREDENTIAL));
  }

  static Map<String, String> map(String... namesAndValues) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  /** Calls that are running, those that wait among them. */
  int openCalls() {
    return gateway.gateway().openExchanges();
  }

  URI uri(String path) {
    return gateway.uri(path);
  }

  RawClient connect() throws IOException {
    return RawClient.connect(gateway.uri("/"));
  }

  /** Connects a client for which the kernel buffers little. */
  RawClient connectSlowReader() throws IOException {
    return RawClient.connect(gateway.uri("/"), 4096);
  }

  @Override
  public void close() throws IOException {
    try (upstream) {
      gateway.close();
    }
  }
}
