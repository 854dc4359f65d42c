package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.JSON;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.ScrapedMetrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of calls is what was served. */
class MetricsTest {
  private static final String CHAT_BODY = "{\"model\":\"glm-4.7\",\"messages\":[]}";

  @TempDir Path folder;

  @Test
  void calls_areCountedByRouteStatusAndKey() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream
          .then(Answers.chatCompletion(11, 7))
          .then(Answers.chatStream(3, 20, 5))
          .then(Answers.message(100, 50))
          .then(Answers.json(500, "{}"));
      client.request("POST", CHAT, CHAT_BODY, BEARER, JSON).readResponse();
      client
          .request("POST", CHAT, "{\"model\":\"x\",\"stream\":true,\"messages\":[]}", BEARER, JSON)
          .readResponse();
      client
          .request(
              "POST",
              MESSAGES,
              "{\"model\":\"glm-4.5-air\",\"max_tokens\":9,\"messages\":[]}",
              FREE_BEARER,
              JSON)
          .readResponse();
      client.request("POST", CHAT, CHAT_BODY, BEARER, JSON).readResponse();
      client.request("POST", CHAT, CHAT_BODY, "Authorization: Bearer pk_nobody").readResponse();
      client.request("GET", "/no/such/path?with=secrets", "").readResponse();
      client.request("GET", "/health", "").readResponse();
      both.gateway.awaitIdle();
      ScrapedMetrics page = scrape(both);

      String requests = "tallygate_requests_total";
      String chat = "/v1/chat/completions";
      assertThat(page.value(requests, "route", chat, "status", "200", "key", "fixed")).isEqualTo(2);
      assertThat(page.value(requests, "route", chat, "status", "500", "key", "fixed")).isEqualTo(1);
      assertThat(page.value(requests, "route", chat, "status", "401", "key", "")).isEqualTo(1);
      assertThat(page.value(requests, "route", "/v1/messages", "key", "free")).isEqualTo(1);
      assertThat(page.value(requests, "route", "none", "status", "404")).isEqualTo(1);
      assertThat(page.value(requests, "route", "/health", "status", "200")).isEqualTo(1);
      assertThat(page.sum(requests)).isEqualTo(7);
      assertThat(page.sum("tallygate_request_outcomes_total")).isEqualTo(7);
      assertThat(page.value("tallygate_request_outcomes_total", "outcome", "relayed")).isEqualTo(4);
      assertThat(page.value("tallygate_errors_total", "reason", "invalid_api_key")).isEqualTo(1);

      String tokens = "tallygate_tokens_total";
      assertThat(page.value(tokens, "key", "fixed", "model", "glm-4.7", "kind", "input"))
          .isEqualTo(31);
      assertThat(page.value(tokens, "key", "fixed", "model", "glm-4.7", "kind", "output"))
          .isEqualTo(12);
      assertThat(page.value(tokens, "key", "free", "model", "glm-4.5-air", "kind", "input"))
          .isEqualTo(100);
      assertThat(page.sum(tokens, "kind", "estimated")).isZero();
      assertThat(page.value("tallygate_quota_used_tokens", "key", "fixed")).isEqualTo(43);
      assertThat(page.value("tallygate_quota_limit_tokens", "key", "fixed")).isEqualTo(1_000_000);
      assertThat(page.value("tallygate_quota_reserved_tokens", "key", "fixed")).isZero();
      assertThat(page.value("tallygate_quota_used_tokens", "key", "own")).isZero();

      String first = "tallygate_time_to_first_byte_seconds_count";
      assertThat(page.value(first, "route", chat, "stream", "true")).isEqualTo(1);
      assertThat(page.value(first, "route", chat, "stream", "false")).isEqualTo(3);
      String latency = "tallygate_upstream_latency_seconds_count";
      assertThat(page.value(latency, "route", chat, "stream", "false")).isEqualTo(2);
      assertThat(page.sum("tallygate_request_duration_seconds_count")).isEqualTo(7);
      assertThat(page.sum("tallygate_request_duration_seconds_sum")).isPositive();
      assertThat(page.sum("tallygate_upstream_connections", "state", "busy")).isZero();
      assertThat(page.sum("tallygate_upstream_connections", "state", "idle")).isPositive();
    }
  }

  @Test
  void requestsThatNeverBecameOne_areCounted() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      assertThat(scrape(both).value("tallygate_malformed_requests_total")).isZero();
      client.send("no request\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(400);
      assertThat(scrape(both).value("tallygate_malformed_requests_total")).isEqualTo(1);
    }
  }

  @Test
  void state_isReadWhenItIsAskedFor() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream.then(connection -> {
        connection.send(Answers.streamHead());
        connection.sendChunk(Answers.chatEvents(1, 1, 1).getFirst());
        connection.stall();
      });
      client.request("POST", CHAT, CHAT_BODY, BEARER, JSON);
      client.readHead();
      client.readUntil("wörd");
      ScrapedMetrics page = scrape(both);
      assertThat(page.value("tallygate_open_calls")).isEqualTo(1);
      assertThat(page.value("tallygate_open_streams")).isEqualTo(1);
      assertThat(page.value("tallygate_open_reservations")).isEqualTo(1);
      assertThat(page.value("tallygate_reserved_tokens")).isPositive();
      assertThat(page.value("tallygate_quota_reserved_tokens", "key", "fixed"))
          .isEqualTo(page.value("tallygate_reserved_tokens"));
      assertThat(page.value("tallygate_client_connections")).isEqualTo(1);
      assertThat(page.value("tallygate_upstream_connections", "state", "busy")).isEqualTo(1);
      client.closeAbruptly();
      both.gateway.awaitIdle();
      page = scrape(both);
      assertThat(page.value("tallygate_open_streams")).isZero();
      assertThat(page.value("tallygate_request_outcomes_total", "outcome", "client_gone"))
          .isEqualTo(1);
      assertThat(page.value("tallygate_tokens_total", "kind", "estimated")).isPositive();
      assertThat(page.value("tallygate_keys")).isEqualTo(3);
      assertThat(page.value("tallygate_key_store_current")).isEqualTo(1);
      assertThat(page.value("tallygate_ledger_up")).isEqualTo(1);
      assertThat(page.value("tallygate_health", "state", "ok")).isEqualTo(1);
      assertThat(page.value("tallygate_key_cache_misses_total")).isEqualTo(1);
      assertThat(page.value("tallygate_build_info")).isEqualTo(1);
      assertThat(page.names()).contains("jvm_memory_used_bytes", "process_cpu_seconds_total");
    }
  }

  @Test
  void brokenKeyFile_shows() throws Exception {
    KeyFiles.in(folder).writeText("{\"keys\":[");
    try (GatewayAndUpstream both = withoutKeys()) {
      ScrapedMetrics page = scrape(both);
      assertThat(page.value("tallygate_key_store_readable")).isZero();
      assertThat(page.value("tallygate_key_store_current")).isZero();
      assertThat(page.value("tallygate_health", "state", "not_ready")).isEqualTo(1);
      assertThat(page.labelValues("tallygate_quota_limit_tokens", "key")).isEmpty();
    }
  }

  private GatewayAndUpstream withoutKeys() throws IOException {
    return GatewayAndUpstream.startWithKeysAsTheyAre(folder);
  }

  @Test
  void labels_areBounded_andTellNoSecret() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder, "METRICS_MAX_KEYS", "2");
        RawClient client = both.connect()) {
      both.upstream.always(Answers.chatCompletion(2, 1));
      for (int i = 0; i < 30; i++) {
        String body = "{\"model\":\"made-up-" + i + "\",\"messages\":[]}";
        assertThat(client.request("POST", CHAT, body, FREE_BEARER, JSON).readResponse().status())
            .isEqualTo(200);
        client.request("GET", "/made/up/" + i, "").readResponse();
      }
      client.request("POST", CHAT, CHAT_BODY, BEARER, JSON).readResponse();
      client
          .request("POST", CHAT, CHAT_BODY, "x-api-key: " + GatewayAndUpstream.OWN_KEY, JSON)
          .readResponse();
      both.gateway.awaitIdle();
      String text = text(both);
      ScrapedMetrics page = ScrapedMetrics.parse(text);
      String tokens = "tallygate_tokens_total";
      assertThat(page.labelValues(tokens, "key"))
          .containsExactlyInAnyOrder("free", "fixed", "other");
      assertThat(page.labelValues(tokens, "model"))
          .hasSizeLessThanOrEqualTo(22)
          .contains("made-up-0", "other");
      assertThat(page.sum(tokens, "key", "free", "kind", "input")).isEqualTo(60);
      assertThat(page.labelValues("tallygate_requests_total", "route"))
          .containsExactlyInAnyOrder("none", "/v1/chat/completions");
      assertThat(page.labelValues("tallygate_quota_used_tokens", "key")).hasSize(2);
      assertThat(text)
          .doesNotContain(GatewayAndUpstream.KEY)
          .doesNotContain(GatewayAndUpstream.FREE_KEY)
          .doesNotContain(GatewayAndUpstream.OWN_KEY)
          .doesNotContain(GatewayAndUpstream.OWN_CREDENTIAL)
          .doesNotContain("master-key");
    }
  }

  @Test
  void keyThatIsGone_makesRoomForAnother() throws Exception {
    KeyFiles.Entry other = KeyFiles.key("pk_other_12345").id("newer");
    KeyFiles keys = KeyFiles.in(folder).write(KeyFiles.key("pk_first_12345").id("older"), other);
    try (GatewayAndUpstream both =
            GatewayAndUpstream.startWithKeysAsTheyAre(folder, "METRICS_MAX_KEYS", "1");
        RawClient client = both.connect()) {
      String requests = "tallygate_requests_total";
      client.request("POST", CHAT, CHAT_BODY, "x-api-key: pk_first_12345", JSON).readResponse();
      client.request("POST", CHAT, CHAT_BODY, "x-api-key: pk_other_12345", JSON).readResponse();
      both.gateway.awaitIdle();
      assertThat(scrape(both).labelValues(requests, "key"))
          .containsExactlyInAnyOrder("older", "other");
      keys.write(other);
      await().until(() -> scrape(both).value("tallygate_keys") == 1);
      client.request("POST", CHAT, CHAT_BODY, "x-api-key: pk_other_12345", JSON).readResponse();
      both.gateway.awaitIdle();
      assertThat(scrape(both).labelValues(requests, "key"))
          .containsExactlyInAnyOrder("newer", "other");
    }
  }

  @Test
  void manyKeys_doNotSlowItDown() throws Exception {
    KeyFiles.Entry[] keys =
        IntStream.range(0, 3_000)
            .mapToObj(i -> KeyFiles.key("pk_of_many_" + i).id("many-" + i))
            .toArray(KeyFiles.Entry[]::new);
    KeyFiles.in(folder).write(keys);
    try (GatewayAndUpstream both = withoutKeys()) {
      ScrapedMetrics page = scrape(both);
      assertThat(page.value("tallygate_keys")).isEqualTo(3_000);
      assertThat(page.labelValues("tallygate_quota_limit_tokens", "key")).hasSize(1_000);
    }
  }

  @Test
  void formats_areNegotiated() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      URI page = both.gateway.managementUri("/metrics");
      Http.Response text = Http.get(page);
      assertThat(text.header("content-type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
      assertThat(text.header("content-encoding")).isEmpty();
      Http.Response open = Http.get(page, "Accept", "application/openmetrics-text;version=1.0.0");
      assertThat(open.header("content-type"))
          .isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
      assertThat(open.body()).endsWith("# EOF\n");
      for (String asText :
          List.of(
              "application/openmetrics-text;q=0",
              "application/openmetrics-text; q=0.5, text/plain; q=0.9",
              "application/openmetrics-text;q=0.5,text/*",
              "*/*")) {
        assertThat(Http.get(page, "Accept", asText).header("content-type"))
            .as(asText)
            .startsWith("text/plain");
      }
      String ofPrometheus =
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
              + "application/openmetrics-text;version=0.0.1;q=0.5,"
              + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
      assertThat(Http.get(page, "Accept", ofPrometheus).header("content-type"))
          .startsWith("application/openmetrics-text");
      for (String refusing : List.of("br", "gzip;q=0", "gzip; q=0.0, br", "identity, xgzip")) {
        assertThat(Http.get(page, "Accept-Encoding", refusing).header("content-encoding"))
            .as(refusing)
            .isEmpty();
      }
    }
  }

  @Test
  void page_isCompressedWhereThatIsAskedFor() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = RawClient.connect(both.gateway.managementUri("/"))) {
      RawResponse answer =
          client.request("GET", "/metrics", "", "Accept-Encoding: br, gzip;q=0.5").readResponse();
      assertThat(answer.header("content-encoding")).isEqualTo("gzip");
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
        assertThat(
                ScrapedMetrics.parse(new String(in.readAllBytes(), UTF_8)).value("tallygate_keys"))
            .isEqualTo(3);
      }
    }
  }

  @Test
  void switchedOff_thereIsNoPage() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder, "METRICS", "off");
        RawClient client = both.connect()) {
      assertThat(client.request("POST", CHAT, CHAT_BODY, BEARER, JSON).readResponse().status())
          .isEqualTo(200);
      Http.Response page = Http.get(both.gateway.managementUri("/metrics"));
      assertThat(page.status()).isEqualTo(404);
      assertThat(page.json().path("detail").asString()).contains("METRICS=on");
    }
  }

  private static ScrapedMetrics scrape(GatewayAndUpstream both) throws Exception {
    return ScrapedMetrics.parse(text(both));
  }

  private static String text(GatewayAndUpstream both) throws Exception {
    Http.Response page = Http.get(both.gateway.managementUri("/metrics"));
    assertThat(page.status()).isEqualTo(200);
    return page.body();
  }
}
