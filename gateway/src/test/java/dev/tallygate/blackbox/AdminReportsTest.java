package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.ScrapedMetrics;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What the admin API tells: usage, cache, status, activity, refusals. */
class AdminReportsTest {
  private static final String ADA = "pk_ada_12345678";
  private static final String BOB = "pk_bob_12345678";
  private static final String EVE = "pk_eve_12345678";

  @TempDir Path folder;

  private KeyFiles keys;
  private FakeUpstream upstream;
  private RunningGateway gateway;
  private AdminClient admin;

  @BeforeEach
  void start() throws IOException {
    keys =
        KeyFiles.in(folder)
            .write(
                KeyFiles.key(ADA).id("ada").model("*"),
                KeyFiles.key(BOB).id("bob").model("m").limit(1),
                KeyFiles.key(EVE).id("eve").requestsPerMinute(1),
                KeyFiles.key("pk_old_12345678")
                    .id("old")
                    .expires(Instant.parse("2020-01-01T00:00:00Z")));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(11, 22));
    gateway = RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
    admin = new AdminClient(gateway);
  }

  @AfterEach
  void close() throws IOException {
    try {
      gateway.close();
    } finally {
      upstream.close();
    }
  }

  private int call(String secret, String model) throws IOException, InterruptedException {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"model\":\"" + model + "\",\"messages\":[]}",
            "authorization",
            "Bearer " + secret)
        .status();
  }

  @Test
  void usage_isThatOfTheLastDayByKey_orAsAsked() throws Exception {
    call(ADA, "x");
    call(ADA, "y");
    call(BOB, "");
    JsonNode report = admin.get("/usage").json();
    assertThat(report.path("by").toString()).isEqualTo("[\"key\"]");
    assertThat(Instant.parse(report.path("to").asString()))
        .isEqualTo(
            Instant.parse(report.path("from").asString()).plus(1, ChronoUnit.DAYS).plusSeconds(60));
    JsonNode ada = report.path("rows").get(0);
    assertThat(ada.path("key").asString()).isEqualTo("ada");
    assertThat(ada.path("requests").asInt()).isEqualTo(2);
    assertThat(ada.path("input").asInt()).isEqualTo(22);
    assertThat(ada.path("output").asInt()).isEqualTo(44);
    assertThat(ada.path("total").asInt()).isEqualTo(66);
    assertThat(report.path("total").path("total").asInt()).isEqualTo(99);

    JsonNode grouped = admin.get("/usage?by=hour,model&key=ada").json();
    assertThat(grouped.path("rows").size()).isEqualTo(2);
    assertThat(grouped.path("rows").get(0).path("hour").asString()).endsWith(":00:00Z");
    assertThat(grouped.path("rows").valueStream().map(row -> row.path("model").asString()))
        .containsExactlyInAnyOrder("x", "y");
    assertThat(admin.get("/usage?key=old").json().path("rows").isEmpty()).isTrue();
    assertThat(admin.get("/usage?key=nobody").status()).isEqualTo(404);
    String past = "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z";
    assertThat(admin.get("/usage?" + past).json().path("rows").isEmpty()).isTrue();
    String everything = "from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59Z";
    assertThat(admin.get("/usage?" + everything).json().path("total").path("total").asInt())
        .isEqualTo(99);
  }

  @Test
  void limitsThatClientsKnowOneCodeFor_areToldApart() throws Exception {
    assertThat(call(EVE, "x")).isEqualTo(200);
    assertThat(call(EVE, "x")).isEqualTo(429);
    JsonNode refusal = admin.get("/keys/eve/refusals").json().path("items").get(0);
    assertThat(refusal.path("code").asString()).isEqualTo("rate_limit_exceeded");
    assertThat(refusal.path("reason").asString()).isEqualTo("requests_per_minute");
    assertThat(
            admin
                .patch("/keys/eve", "{\"requests_per_minute\":null,\"max_concurrent\":1}")
                .status())
        .isEqualTo(200);
    upstream.then(UpstreamConnection::stall);
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request("POST", "/v1/chat/completions", "{\"messages\":[]}", "x-api-key: " + EVE);
      await().until(() -> gateway.gateway().openReservations() == 1);
      assertThat(call(EVE, "x")).isEqualTo(429);
    }
    assertThat(
            admin.get("/keys/eve/refusals").json().path("items").get(0).path("reason").asString())
        .isEqualTo("max_concurrent");
    ScrapedMetrics page = ScrapedMetrics.parse(Http.get(gateway.managementUri("/metrics")).body());
    assertThat(page.labelValues("tallygate_errors_total", "reason"))
        .containsExactlyInAnyOrder("requests_per_minute", "max_concurrent");
    assertThat(page.labelValues("tallygate_errors_total", "code"))
        .containsExactly("rate_limit_exceeded");
  }

  @Test
  void removedKey_keepsItsUsageAndRefusals() throws Exception {
    assertThat(call(BOB, "x")).isEqualTo(200);
    assertThat(call(BOB, "x")).isEqualTo(429);
    for (String key : List.of("ada", "bob")) {
      assertThat(admin.delete("/keys/" + key).status()).isEqualTo(204);
    }
    assertThat(admin.get("/usage?key=bob").json().path("total").path("total").asInt())
        .isEqualTo(33);
    assertThat(admin.get("/keys/bob/refusals").json().path("items").size()).isEqualTo(1);
    assertThat(admin.get("/usage?key=ada").json().path("rows").isEmpty()).isTrue();
    assertThat(admin.get("/keys/ada/refusals").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "by=colour, by",
    "'by=key,key', by",
    "'by=hour,day', by",
    "'by=key,model,hour', by",
    "by=, by",
    "from=yesterday, from",
    "from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z, from",
    "to=%2B999999999-12-31T00:00:00Z, to",
    "from=%2B10000-01-01T00:00:00Z, from",
    "from=1969-12-31T23:59:59Z, from",
    "since=1h, query",
  })
  void usageQueryWithAMistake_isRefused(String query, String field) throws Exception {
    Http.Response refused = admin.get("/usage?" + query);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("errors").get(0).path("field").asString()).isEqualTo(field);
  }

  @Test
  void cache_isToldAndEmptied() throws Exception {
    call(ADA, "x");
    call(ADA, "x");
    JsonNode stats = admin.get("/cache").json();
    assertThat(stats.propertyNames())
        .containsExactlyElementsOf(
            Http.get(gateway.uri("/cache-stats"), "authorization", "Bearer " + ADA)
                .json()
                .propertyNames());
    assertThat(stats.path("size").asInt()).isEqualTo(1);
    assertThat(admin.post("/cache/invalidate/ada", "").status()).isEqualTo(204);
    assertThat(admin.get("/cache").json().path("size").asInt()).isZero();
    assertThat(admin.post("/cache/invalidate/nobody", "").status()).isEqualTo(404);
    call(ADA, "x");
    assertThat(admin.post("/cache/clear", "").status()).isEqualTo(204);
    assertThat(admin.get("/cache").json().path("size").asInt()).isZero();
    assertThat(call(ADA, "x")).isEqualTo(200);
  }

  @Test
  void status_tellsHowTheGatewayIs() throws Exception {
    JsonNode status = admin.get("/status").json();
    assertThat(status.path("status").asString()).isEqualTo("ok");
    assertThat(status.path("reasons").isEmpty()).isTrue();
    assertThat(status.path("key_count").asInt()).isEqualTo(4);
    assertThat(status.path("open_calls").asInt()).isZero();
    assertThat(status.path("uptime_seconds").asInt()).isBetween(0, 60);
    assertThat(status.path("ledger").path("state").asString()).isEqualTo("ok");
    assertThat(status.path("transport").asString()).isIn("io_uring", "epoll", "nio");
    keys.write(KeyFiles.key(ADA).id("ada"), KeyFiles.key("pk_x").id("broken").limit(-1));
    await()
        .untilAsserted(() -> {
          JsonNode now = admin.get("/status").json();
          assertThat(now.path("status").asString()).isEqualTo("degraded");
          assertThat(now.path("refused_entries").size()).isEqualTo(1);
          JsonNode entry = now.path("refused_entries").get(0);
          assertThat(entry.path("position").asInt()).isEqualTo(2);
          assertThat(entry.path("label").asString()).isEqualTo("broken");
          assertThat(entry.path("reason").asString()).contains("token_limit_per_5h");
        });
  }

  @Test
  void activity_countsCallsMinuteByMinute_andNoProbes() throws Exception {
    call(ADA, "x");
    call(ADA, "x");
    call("pk_nobody_has_this", "x");
    upstream.then(Answers.json(500, "{}"));
    call(ADA, "x");
    Http.get(gateway.uri("/health"));
    gateway.awaitIdle();
    JsonNode items = admin.get("/activity").json().path("items");
    assertThat(items.size()).isEqualTo(60);
    // Two, in case a minute has ended meanwhile.
    JsonNode lately = admin.get("/activity?minutes=2").json().path("items");
    assertThat(lately.size()).isEqualTo(2);
    assertThat(sum(lately, "requests")).isEqualTo(4);
    assertThat(sum(lately, "refused")).isEqualTo(1);
    assertThat(sum(lately, "failed")).isEqualTo(1);
    assertThat(sum(lately, "tokens")).isEqualTo(66);
    assertThat(items.get(0).path("requests").asInt()).isZero();
    assertThat(items.get(0).path("latency_p50_ms").isNull()).isTrue();
    assertThat(lately.valueStream().mapToDouble(m -> m.path("latency_p95_ms").asDouble(0)).max())
        .isPresent();
    assertThat(admin.get("/activity?minutes=61").status()).isEqualTo(422);
  }

  private static int sum(JsonNode items, String field) {
    return items.valueStream().mapToInt(minute -> minute.path(field).asInt()).sum();
  }

  @Test
  void refusals_sayWhy_newestFirst() throws Exception {
    assertThat(call(BOB, "x")).isEqualTo(200);
    assertThat(call(BOB, "x")).isEqualTo(429);
    assertThat(
            Http.post(
                    gateway.uri("/v1/chat/completions"),
                    "no JSON",
                    "authorization",
                    "Bearer " + BOB)
                .status())
        .isEqualTo(400);
    assertThat(call("pk_old_12345678", "x")).isEqualTo(403);
    JsonNode items = admin.get("/keys/bob/refusals").json().path("items");
    assertThat(items.valueStream().map(item -> item.path("code").asString()))
        .containsExactly("invalid_body", "rate_limit_exceeded");
    assertThat(items.valueStream().map(item -> item.path("reason").asString()))
        .containsExactly("invalid_body", "token_limit_per_5h");
    assertThat(items.get(1).path("status").asInt()).isEqualTo(429);
    assertThat(items.get(1).path("path").asString()).isEqualTo("/v1/chat/completions");
    assertThat(items.get(1).path("model").asString()).isEqualTo("m");
    assertThat(admin.get("/keys/old/refusals").json().path("items").get(0).path("code").asString())
        .isEqualTo("key_expired");
    assertThat(admin.get("/keys/ada/refusals").json().path("items").isEmpty()).isTrue();
    assertThat(admin.get("/keys/nobody/refusals").status()).isEqualTo(404);
  }
}
