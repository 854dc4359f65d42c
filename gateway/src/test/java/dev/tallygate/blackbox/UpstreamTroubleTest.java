package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.ScrapedMetrics;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is tried again, and what is left alone, when an upstream fails. */
@Tag("transport")
class UpstreamTroubleTest {
  private static final String BODY = "{\"model\":\"glm-4.7\",\"messages\":[]}";

  @TempDir Path folder;

  private static int closedPort() throws Exception {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return closed.getLocalPort();
    }
  }

  private RunningGateway inFrontOf(int port, String... variables) throws Exception {
    GatewayAndUpstream.writeKeys(folder);
    URI base = URI.create("http://127.0.0.1:" + port);
    return RunningGateway.start(folder, base, base, GatewayAndUpstream.map(variables));
  }

  private static Http.Response post(RunningGateway gateway, String path) throws Exception {
    return Http.post(gateway.uri(path), BODY, "x-api-key", KEY);
  }

  private static ScrapedMetrics scrape(RunningGateway gateway) throws Exception {
    return ScrapedMetrics.parse(Http.get(gateway.managementUri("/metrics")).body());
  }

  @Test
  void upstreamThatIsGone_isLeftAloneForAWhile_andFoundAgain() throws Exception {
    int port = closedPort();
    try (RunningGateway gateway =
        inFrontOf(port, "UPSTREAM_BREAKER_FAILURES", "2", "UPSTREAM_RETRY_MS", "0")) {
      assertThat(post(gateway, CHAT).status()).isEqualTo(502);
      assertThat(post(gateway, CHAT).status()).isEqualTo(502);
      Http.Response left = post(gateway, CHAT);
      assertThat(left.status()).isEqualTo(503);
      assertThat(left.json().at("/error/code").asString()).isEqualTo("upstream_unavailable");
      assertThat(left.header("retry-after")).matches("[12]");
      // Each upstream has a breaker of its own.
      assertThat(post(gateway, MESSAGES).status()).isEqualTo(502);
      Http.Response health = Http.get(gateway.uri("/health"));
      assertThat(health.status()).isEqualTo(200);
      assertThat(health.json().path("status").asString()).isEqualTo("degraded");
      assertThat(health.body()).contains("the upstream openai gives no sign of life");
      assertThat(health.body()).doesNotContain("127.0.0.1");
      assertThat(scrape(gateway).value("tallygate_upstream_up", "upstream", "openai")).isZero();
      assertThat(scrape(gateway).value("tallygate_upstream_up", "upstream", "anthropic"))
          .isEqualTo(1);
      try (FakeUpstream upstream = FakeUpstream.startOn(port)) {
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(post(gateway, CHAT).status()).isEqualTo(200));
        assertThat(upstream.requests()).hasSize(1);
        assertThat(Http.get(gateway.uri("/health")).json().path("status").asString())
            .isEqualTo("ok");
        assertThat(scrape(gateway).value("tallygate_upstream_breaks_total", "upstream", "openai"))
            .isEqualTo(1);
        gateway.awaitIdle();
      }
    }
  }

  @Test
  void probeWhoseClientLeaves_isFollowedByAnother() throws Exception {
    int port = closedPort();
    try (RunningGateway gateway =
        inFrontOf(port, "UPSTREAM_BREAKER_FAILURES", "1", "UPSTREAM_RETRY_MS", "0")) {
      assertThat(post(gateway, CHAT).status()).isEqualTo(502);
      try (FakeUpstream upstream = FakeUpstream.startOn(port)) {
        upstream.then(
            connection -> assertThat(connection.awaitClientGone(Duration.ofSeconds(10))).isTrue());
        // The first that is let through is the one that waits.
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> {
              try (RawClient client = RawClient.connect(gateway.uri("/"))) {
                client.request("POST", CHAT, BODY, GatewayAndUpstream.BEARER);
                return client.awaitServerGone(Duration.ofMillis(200))
                    || upstream.requests().size() == 1;
              }
            });
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(post(gateway, CHAT).status()).isEqualTo(200));
      }
      gateway.awaitIdle();
    }
  }

  @Test
  void anyAnswer_isASignOfLife() throws Exception {
    try (GatewayAndUpstream both =
        GatewayAndUpstream.start(folder, "UPSTREAM_BREAKER_FAILURES", "1")) {
      both.upstream.always(Answers.json(500, "{}"));
      for (int i = 0; i < 5; i++) {
        assertThat(post(both.gateway, CHAT).status()).isEqualTo(500);
      }
      assertThat(both.upstream.requests()).hasSize(5);
    }
  }

  @Test
  void upstreamThatSaysNothing_isLeftAloneToo() throws Exception {
    try (GatewayAndUpstream both =
        GatewayAndUpstream.start(
            folder, "UPSTREAM_BREAKER_FAILURES", "1", "UPSTREAM_HEADER_TIMEOUT_MS", "100")) {
      both.upstream.then(
          connection -> assertThat(connection.awaitClientGone(Duration.ofSeconds(10))).isTrue());
      assertThat(post(both.gateway, CHAT).status()).isEqualTo(504);
      assertThat(post(both.gateway, CHAT).status()).isEqualTo(503);
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  @Test
  void connectionThatIsRefused_isTriedAgainForAMoment() throws Exception {
    int port = closedPort();
    try (RunningGateway gateway = inFrontOf(port, "UPSTREAM_RETRY_MS", "10000")) {
      CompletableFuture<Http.Response> call =
          CompletableFuture.supplyAsync(() -> {
            try {
              return post(gateway, CHAT);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      try (LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> log.lines().stream().filter(l -> l.contains("not reached")).count() > 1);
        try (FakeUpstream upstream = FakeUpstream.startOn(port)) {
          assertThat(call.get().status()).isEqualTo(200);
          assertThat(upstream.onlyRequest().text()).isEqualTo(BODY);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "502, {}",
    "503, overloaded",
    "504, <html>",
    "529, '{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}'",
    "429, '{\"error\":{\"code\":\"1302\",\"message\":\"Rate limit reached\"}}'",
    "429, '{\"error\":{\"code\":\"1305\",\"message\":\"busy\"}}'",
  })
  void answerThatTheOperatorNames_isTriedAgain_andChargedOnce(int status, String body)
      throws Exception {
    try (GatewayAndUpstream both =
        GatewayAndUpstream.start(
            folder,
            "UPSTREAM_RETRY_ON",
            "502,503,504,529,1302,1305",
            "UPSTREAM_RETRY_MS",
            "10000")) {
      both.upstream
          .then(Answers.json(status, body))
          .then(Answers.json(status, body))
          .then(Answers.chatCompletion(30, 12));
      Http.Response response = post(both.gateway, CHAT);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.json().at("/usage/total_tokens").asLong()).isEqualTo(42);
      assertThat(both.upstream.requests()).hasSize(3).allMatch(each -> each.text().equals(BODY));
      // The connection is as good as before.
      assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
      both.gateway.awaitIdle();
      assertThat(RecordedUsage.in(folder))
          .isEqualTo(Map.of("fixed", new RecordedUsage(1, 30, 12, 0)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"500", "503"})
  void otherAnswers_arePassedOn(int status) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder, "UPSTREAM_RETRY_ON", "502")) {
      both.upstream.then(Answers.json(status, "{}"));
      assertThat(post(both.gateway, CHAT).status()).isEqualTo(status);
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  @Test
  void waitLongerThanTheGatewayMay_isTheClients() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder, "UPSTREAM_RETRY_ON", "503")) {
      both.upstream.then(Answers.json(503, "{}", "Retry-After: 5"));
      Http.Response response = post(both.gateway, CHAT);
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.header("retry-after")).isEqualTo("5");
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  @Test
  void errorThatDoesNotEnd_isPassedOnAsItComes() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream.then(connection -> {
        connection.send(
            "HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"a\":");
        connection.stall();
        connection.send("\"0123456789ab\"}".substring(0, 15));
      });
      client.request("POST", CHAT, BODY, GatewayAndUpstream.BEARER);
      assertThat(client.readHead().startLine()).startsWith("HTTP/1.1 500");
      client.readUntil("{\"a\":");
      both.upstream.release();
      assertThat(client.readUntil("}")).endsWith("\"0123456789ab\"}");
    }
  }

  @Test
  void longError_isPassedOnWhole() throws Exception {
    String body = "{\"error\":\"" + "x".repeat(100_000) + "\"}";
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(Answers.json(400, body));
      assertThat(post(both.gateway, CHAT).body()).isEqualTo(body);
    }
  }

  @Test
  void errorThatBreaksOff_isCutAsAnyAnswer() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream.then(connection -> {
        connection.send(
            "HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"a\":");
        connection.close();
      });
      client.request("POST", CHAT, BODY, GatewayAndUpstream.BEARER);
      assertThat(client.readHead().startLine()).startsWith("HTTP/1.1 500");
      client.readUntil("{\"a\":");
      assertThat(client.awaitServerGone(Duration.ofSeconds(10))).isTrue();
      both.gateway.awaitIdle();
    }
  }
}
