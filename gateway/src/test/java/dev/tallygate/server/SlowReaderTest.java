package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.proxy.RelayTimeouts;
import dev.tallygate.proxy.UpstreamTarget;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.usage.FakeLedger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** A client that stops reading in the middle of an answer. */
class SlowReaderTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

  private static final class OneKey implements KeyStore {
    private final ApiKey key =
        ApiKeys.with("pk_user_12345").expiresAt(Instant.parse("2099-01-01T00:00:00Z")).make();

    @Override
    public Lookup find(KeyDigest digest) {
      return new Lookup(key, 1);
    }

    @Override
    public Snapshot snapshot() {
      return new Snapshot(List.of(key), 1);
    }

    @Override
    public void onChange(ChangeListener listener) {}
  }

  @Test
  void reader_thatStopsIsGivenUpWithoutBlamingTheUpstream() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start()) {
      upstream.then(connection -> {
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        String event = "data: {\"filler\":\"" + "x".repeat(8000) + "\"}\n\n";
        while (true) {
          connection.send(event); // until the gateway closes
        }
      });
      HttpServer server = start(upstream);
      try (RawClient client =
          RawClient.connect(URI.create("http://127.0.0.1:" + server.port()), 4096)) {
        client.request("POST", "/v1/responses", "{\"stream\":true}", "x-api-key: pk_user_12345");
        client.readHead();
        await().atMost(Duration.ofSeconds(10)).until(() -> !outcomes.isEmpty());
        assertThat(outcomes).containsExactly(Outcome.CLIENT_GONE);
        upstream.awaitOpenConnections(0);
      } finally {
        server.close(Duration.ZERO);
      }
    }
  }

  private HttpServer start(FakeUpstream upstream) throws IOException {
    Ticker ticker = Ticker.system();
    QuotaEnforcer quota =
        new QuotaEnforcer(ticker, (since, sink) -> {}, new ModelLimits(1000, 1000, 1000), id -> {});
    KeyCache cache = new KeyCache(CacheSettings.DEFAULTS, ticker);
    UpstreamTarget target =
        new UpstreamTarget(
            ApiFormat.OPENAI,
            "127.0.0.1",
            upstream.port(),
            null,
            "127.0.0.1",
            "",
            new Secret("master"));
    return HttpServer.start(
        new ServerSettings(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Transport.byPreference(),
            LONG,
            LONG,
            1 << 20,
            10),
        new ServerParts(
            ticker,
            new Authenticator(cache, new OneKey(), ticker, Runnable::run),
            quota,
            new FakeLedger(),
            Map.of(ApiFormat.OPENAI, target),
            new RelayTimeouts(LONG, LONG, IDLE),
            new BodyBudget(1 << 20),
            new Endpoints(
                "0", ticker, () -> Health.OK, cache::stats, quota, id -> new KeyTotals(null, 0)),
            "glm-4.7",
            this::finished));
  }

  private void finished(Exchange exchange) {
    Outcome outcome = exchange.outcome();
    if (outcome != null) {
      outcomes.add(outcome);
    }
  }
}
