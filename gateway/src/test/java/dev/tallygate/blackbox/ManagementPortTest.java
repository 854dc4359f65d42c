package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The management port as such: what it tells without a token, and what it does not put up with. */
class ManagementPortTest {
  private static final String TOKEN = "an-admin-token-of-tests";

  @TempDir Path folder;

  private FakeUpstream upstream;

  @BeforeEach
  void prepare() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    upstream = FakeUpstream.start();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  @Test
  void health_isThatOfTheMainPort() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      Http.Response there = Http.get(gateway.uri("/health"));
      Http.Response here = Http.get(gateway.managementUri("/health"));
      assertThat(here.status()).isEqualTo(200);
      assertThat(here.json().path("status")).isEqualTo(there.json().path("status"));
      KeyFiles.in(folder).writeText("{");
    }
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      Http.Response here = Http.get(gateway.managementUri("/health"));
      assertThat(here.status()).isEqualTo(503);
      assertThat(here.json().path("status").asString()).isEqualTo("not_ready");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/assets/app.js", "/admin/v1/keys", "/admin/v1/openapi.json"})
  void withoutAdminToken_adminIsOff_andSaysWhatTurnsItOn(String path) throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      Http.Response response = Http.get(gateway.managementUri(path));
      assertThat(response.status()).isEqualTo(404);
      assertThat(response.header("content-type")).isEqualTo("application/problem+json");
      assertThat(response.json().path("title").asString()).isEqualTo("Not Found");
      assertThat(response.json().path("detail").asString()).contains("ADMIN_TOKEN");
      assertThat(Http.get(gateway.managementUri("/metrics")).status()).isEqualTo(200);
    }
  }

  @Test
  void off_opensNoPort() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, upstream, Map.of("MANAGEMENT_PORT", "off"))) {
      assertThat(gateway.gateway().managementPort()).isEmpty();
    }
  }

  @Test
  void dashboard_isServedWithAStrictPolicy_andAskedAgainWithItsTag() throws Exception {
    try (RunningGateway gateway = admin()) {
      Http.Response page = Http.get(gateway.managementUri("/"));
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.header("content-type")).isEqualTo("text/html; charset=utf-8");
      assertThat(page.header("content-security-policy"))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(page.header("x-content-type-options")).isEqualTo("nosniff");
      assertThat(page.header("referrer-policy")).isEqualTo("no-referrer");
      assertThat(page.header("cache-control")).isEqualTo("no-cache");
      Http.Response again =
          Http.get(gateway.managementUri("/"), "if-none-match", page.header("etag"));
      assertThat(again.status()).isEqualTo(304);
      assertThat(again.body()).isEmpty();
      assertThat(Http.get(gateway.managementUri("/assets/app.js")).header("content-type"))
          .isEqualTo("text/javascript; charset=utf-8");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nothing, 404",
    "GET, /assets/../index.html, 404",
    "GET, /assets/%2e%2e/app/build.properties, 404",
    "GET, /assets/index.html, 404",
    "GET, //health, 404",
    "POST, /health, 405",
    "DELETE, /, 405",
    "FOO, /metrics, 405",
    "GET, /%zz, 400",
    "GET, /health?a=%zz, 400",
    "GET, /health?a=%2, 400",
    "GET, /admin/v1/keys?q=%ff, 400",
    "GET, /admin/v1/keys/%ff, 400",
    "GET, /admin/v1/keys/%c3%bc%ED%A0%80, 400",
    "GET, /admin/v1/keys/%C3%BC, 401",
  })
  void requestsThatLeadNowhere_areProblems(String method, String path, int status)
      throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.send(
          method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      RawResponse response = client.readResponse();
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.header("content-type")).isEqualTo("application/problem+json");
      if (status == 405) {
        assertThat(response.header("allow")).contains("GET, HEAD");
      }
    }
  }

  @Test
  void head_isAnsweredLikeGet_withoutABody() throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.request("HEAD", "/health", "");
      client.request("GET", "/health", "");
      RawResponse head = client.readResponseToHead();
      RawResponse get = client.readResponse();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("content-length")).isEqualTo(get.header("content-length"));
      assertThat(get.text()).contains("\"status\":\"ok\"");
    }
  }

  @Test
  void bodyTooLarge_isRefused() throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.send("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n");
      RawResponse response = client.readResponse();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.header("content-type")).isEqualTo("application/problem+json");
      assertThat(client.awaitServerGone(Duration.ofSeconds(5))).isTrue();
    }
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.send(
          "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\nExpect:"
              + " 100-continue\r\n\r\n");
      RawResponse response = client.readResponse();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.text()).contains("65536");
    }
  }

  @Test
  void bodyFarTooLarge_isAnsweredWhileItIsStillBeingSent() throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.request("POST", "/health", "x".repeat(1024 * 1024));
      assertThat(client.readResponse().status()).isEqualTo(413);
    }
  }

  @Test
  void clientThatLeavesWithinABody_isNoFailureOfTheGateways() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger("dev.tallygate.admin.ManagementConnection");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try (RunningGateway gateway = admin()) {
      try (RawClient client = RawClient.connect(gateway.managementUri("/"))) {
        // In one write, so that the second one's beginning is there once the first is answered.
        client.send(
            "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
        assertThat(client.readResponse().status()).isEqualTo(200);
      }
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'NONSENSE\r\n\r\n', 400",
    "'GET /health HTTP/1.1\r\nA: %s\r\n\r\n', 431",
    "'GET /health?%s HTTP/1.1\r\n\r\n', 414",
    "'GET /health HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400",
  })
  void whatIsNotHttp_isRefused_andTheConnectionEnds(String request, int status) throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.send(request.formatted("x".repeat(17 * 1024)));
      assertThat(client.readResponse().status()).isEqualTo(status);
      assertThat(client.awaitServerGone(Duration.ofSeconds(5))).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "LOCALHOST:3001, 200",
    "gateway.localhost, 200",
    "127.0.0.1:9, 200",
    "[::1]:3001, 200",
    "rebound.example, 421",
    "localhost.example, 421",
    "127.0.0.1.example:3001, 421",
  })
  void onLoopback_namesOfElsewhereAreRefused(String host, int status) throws Exception {
    try (RunningGateway gateway = admin();
        RawClient client = RawClient.connect(gateway.managementUri("/"))) {
      client.send("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(status);
    }
  }

  @Test
  void connectionsBeyondTheLimit_areClosed_andOthersServed() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (RunningGateway gateway = admin()) {
      for (int i = 0; i < 64; i++) {
        clients.add(RawClient.connect(gateway.managementUri("/")));
        clients.getLast().request("GET", "/health", "");
        assertThat(clients.getLast().readResponse().status()).isEqualTo(200);
      }
      try (RawClient more = RawClient.connect(gateway.managementUri("/"))) {
        assertThat(more.awaitServerGone(Duration.ofSeconds(5))).isTrue();
      }
      clients.getFirst().request("GET", "/health", "");
      assertThat(clients.getFirst().readResponse().status()).isEqualTo(200);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  private RunningGateway admin() throws IOException {
    return RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", TOKEN));
  }
}
