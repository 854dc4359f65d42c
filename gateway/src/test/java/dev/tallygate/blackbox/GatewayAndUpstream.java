package dev.tallygate.blackbox;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Certificates;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.ScrapedMetrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

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

  private final @Nullable SSLContext tls;

  private GatewayAndUpstream(FakeUpstream upstream, RunningGateway gateway) {
    this(upstream, gateway, null);
  }

  private GatewayAndUpstream(
      FakeUpstream upstream, RunningGateway gateway, @Nullable SSLContext tls) {
    this.upstream = upstream;
    this.gateway = gateway;
    this.tls = tls;
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

  /** Starts both; clients speak TLS. The certificate's files are in the folder. */
  static GatewayAndUpstream startWithTls(Path folder, String... variables) throws Exception {
    Certificates shown = Certificates.common();
    Map<String, String> all = map(variables);
    all.put("TLS_CERT", shown.writeCertificate(folder.resolve("cert.pem")).toString());
    all.put("TLS_KEY", shown.writeKey(folder.resolve("key.pem")).toString());
    writeKeys(folder);
    FakeUpstream upstream = FakeUpstream.start();
    return new GatewayAndUpstream(
        upstream, RunningGateway.start(folder, upstream, all), shown.trusting());
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

  /** Connects a client of HTTP/1.1, with TLS where the gateway speaks it. */
  RawClient connect() throws IOException {
    return tls == null
        ? RawClient.connect(gateway.uri("/"))
        : RawClient.connect(gateway.uri("/"), tls);
  }

  /** Connects a client of HTTP/2. */
  RawHttp2 connectHttp2() throws IOException {
    return connectHttp2(0);
  }

  /** Connects one for which the kernel buffers so much. */
  RawHttp2 connectHttp2(int receiveBufferBytes) throws IOException {
    if (tls == null) {
      throw new IllegalStateException("the gateway speaks no TLS");
    }
    return RawHttp2.connect(gateway.gateway().port(), tls, receiveBufferBytes);
  }

  /** The connections that clients have open. */
  int clientConnections() throws Exception {
    String page = Http.get(gateway.managementUri("/metrics")).body();
    return (int) ScrapedMetrics.parse(page).value("tallygate_client_connections");
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
