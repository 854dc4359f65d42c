package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The gateway's own endpoints: their exact members, and whom they answer. */
class OwnEndpointsTest {
  private static final Duration WINDOW = Duration.ofHours(5);

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    KeyFiles.in(folder)
        .write(
            KeyFiles.key("pk_user_12345").name("Ann").model("glm-4.7").limit(1_000),
            KeyFiles.key("pk_unused_001").without("created_at").without("name"),
            KeyFiles.keyHash("pk_hash_only1"),
            KeyFiles.key("pk_little_001").limit(10),
            KeyFiles.key("pk_limited_01")
                .models("glm-4.7", "glm-4.5-air")
                .requestsPerMinute(30)
                .maxConcurrent(2),
            KeyFiles.key("pk_expired_1").expires(Instant.parse("2026-01-01T00:00:00Z")),
            KeyFiles.key("pk_disabled1").disabled());
    upstream = FakeUpstream.start().always(Answers.chatCompletion(12, 30));
    gateway = RunningGateway.start(folder, upstream, Map.of("CACHE_MAX_SIZE", "50"));
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  @Test
  void stats_tellTheHolderEverything() throws Exception {
    Instant before = Ticker.system().now();
    KeyCalls.chat(gateway, "pk_user_12345");
    JsonNode stats = KeyCalls.stats(gateway, "pk_user_12345");
    assertThat(stats.propertyNames())
        .containsExactly(
            "key",
            "name",
            "model",
            "token_limit_per_5h",
            "expiry_date",
            "created_at",
            "last_used",
            "is_expired",
            "current_usage",
            "total_lifetime_tokens",
            "reserved_tokens",
            "frees_at",
            "requests",
            "max_concurrent",
            "open_calls",
            "is_disabled",
            "models",
            "usage_last_24h");
    assertThat(stats.path("key").asString()).isEqualTo("pk_user_…2345");
    assertThat(stats.path("name").asString()).isEqualTo("Ann");
    assertThat(stats.path("model").asString()).isEqualTo("glm-4.7");
    assertThat(stats.path("token_limit_per_5h").asLong()).isEqualTo(1_000);
    assertThat(stats.path("expiry_date").asString()).isEqualTo("2099-12-31T23:59:59Z");
    assertThat(stats.path("created_at").asString()).isEqualTo("2026-01-18T00:00:00Z");
    assertThat(time(stats, "/last_used")).isBetween(before.minusSeconds(1), Ticker.system().now());
    assertThat(stats.path("is_expired").isBoolean()).isTrue();
    assertThat(stats.path("is_expired").asBoolean()).isFalse();
    assertThat(stats.path("total_lifetime_tokens").asLong()).isEqualTo(42);
    JsonNode current = stats.path("current_usage");
    assertThat(current.propertyNames())
        .containsExactly(
            "tokens_used_in_current_window",
            "window_started_at",
            "window_ends_at",
            "remaining_tokens");
    assertThat(current.path("tokens_used_in_current_window").asLong()).isEqualTo(42);
    assertThat(current.path("remaining_tokens").asLong()).isEqualTo(958);
    Instant started = time(stats, "/current_usage/window_started_at");
    assertThat(started).isBetween(before.minusSeconds(61), Ticker.system().now());
    assertThat(time(stats, "/current_usage/window_ends_at"))
        .isBetween(started.plus(WINDOW), started.plus(WINDOW).plusSeconds(61));
    assertThat(stats.path("requests").isNull()).isTrue();
    assertThat(stats.path("max_concurrent").isNull()).isTrue();
    assertThat(stats.path("is_disabled").asBoolean()).isFalse();
    assertThat(stats.path("models").isEmpty()).isTrue();
    assertThat(stats.path("usage_last_24h").toString())
        .isEqualTo(
            "[{\"model\":\"glm-4.7\",\"requests\":1,\"input\":12,\"output\":30,\"total\":42}]");
  }

  @Test
  void stats_tellOfLimitsAndOfCallsThatAreRunning() throws Exception {
    upstream.then(UpstreamConnection::stall);
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request("POST", KeyCalls.CHAT, KeyCalls.BODY, "x-api-key: pk_limited_01");
      JsonNode stats =
          await()
              .atMost(Duration.ofSeconds(10))
              .until(
                  () -> KeyCalls.stats(gateway, "pk_limited_01"),
                  answer -> answer.path("open_calls").asInt() == 1);
      assertThat(stats.path("max_concurrent").asInt()).isEqualTo(2);
      assertThat(stats.path("reserved_tokens").asLong()).isPositive();
      assertThat(stats.at("/current_usage/remaining_tokens").asLong())
          .as("what is reserved is not used")
          .isEqualTo(stats.path("token_limit_per_5h").asLong());
      assertThat(stats.path("frees_at").isNull()).isTrue();
      JsonNode requests = stats.path("requests");
      assertThat(requests.propertyNames())
          .containsExactly("limit", "remaining", "resets_in_seconds");
      assertThat(requests.path("limit").asInt()).isEqualTo(30);
      assertThat(requests.path("remaining").asInt()).isEqualTo(29);
      assertThat(requests.path("resets_in_seconds").asInt()).isBetween(1, 61);
      assertThat(stats.path("models").toString()).isEqualTo("[\"glm-4.7\",\"glm-4.5-air\"]");
    }
    gateway.awaitIdle();
    assertThat(KeyCalls.stats(gateway, "pk_limited_01").path("reserved_tokens").asLong()).isZero();
  }

  @Test
  void stats_ofAUsedUpKey_tellWhenSomeComesBack() throws Exception {
    Instant before = Ticker.system().now();
    assertThat(KeyCalls.chat(gateway, "pk_little_001").status()).isEqualTo(200);
    JsonNode stats = KeyCalls.stats(gateway, "pk_little_001");
    assertThat(stats.at("/current_usage/remaining_tokens").asLong()).isZero();
    assertThat(time(stats, "/frees_at"))
        .isBetween(before.plus(WINDOW).minusSeconds(1), before.plus(WINDOW).plusSeconds(75));
  }

  @Test
  void stats_whileTheLedgerCannotBeRead_leaveTheModelsOut(@TempDir Path other) throws Exception {
    KeyFiles.in(other).write(KeyFiles.key("pk_user_12345"));
    try (RunningGateway fresh = RunningGateway.start(other, upstream, Map.of())) {
      KeyCalls.chat(fresh, "pk_user_12345");
      Files.delete(other.resolve("usage.db"));
      JsonNode stats = KeyCalls.stats(fresh, "pk_user_12345");
      assertThat(stats.path("usage_last_24h").isNull()).isTrue();
      assertThat(stats.at("/current_usage/tokens_used_in_current_window").asLong()).isEqualTo(42);
      assertThat(stats.path("total_lifetime_tokens").asLong()).isEqualTo(42);
    }
  }

  @Test
  void stats_ofAKeyNeverUsed() throws Exception {
    JsonNode stats = KeyCalls.stats(gateway, "pk_unused_001");
    assertThat(stats.path("last_used").isNull()).isTrue();
    assertThat(stats.path("created_at").isNull()).isTrue();
    assertThat(stats.path("model").isNull()).isTrue();
    assertThat(stats.path("name").asString()).isEmpty();
    assertThat(stats.at("/current_usage/remaining_tokens").asLong()).isEqualTo(100_000);
    assertThat(stats.path("total_lifetime_tokens").asLong()).isZero();
  }

  @Test
  void stats_ofAHashedKey_showItsId() throws Exception {
    assertThat(KeyCalls.stats(gateway, "pk_hash_only1").path("key").asString())
        .isEqualTo("k_" + KeyDigest.of("pk_hash_only1").hex().substring(0, 12));
  }

  @Test
  void stats_answerExpiredAndDisabledKeysToo() throws Exception {
    assertThat(KeyCalls.stats(gateway, "pk_expired_1").path("is_expired").asBoolean()).isTrue();
    JsonNode disabled = KeyCalls.stats(gateway, "pk_disabled1");
    assertThat(disabled.path("is_expired").asBoolean()).isFalse();
    assertThat(disabled.path("is_disabled").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/cache-stats", "/cache/stats"})
  void cacheStats_haveTheirMembers(String path) throws Exception {
    Http.Response answer = Http.get(gateway.uri(path), "Authorization", "Bearer pk_user_12345");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    JsonNode stats = answer.json();
    assertThat(stats.propertyNames())
        .containsExactly(
            "hits",
            "misses",
            "hitRate",
            "size",
            "maxSize",
            "enabled",
            "negativeHits",
            "evictions",
            "expirations",
            "invalidations",
            "loads",
            "loadFailures",
            "staleServed",
            "averageLoadMicros");
    stats.forEach(
        value -> assertThat(value.isNumber() || value.isBoolean()).as(stats.toString()).isTrue());
    assertThat(stats.path("maxSize").asLong()).isEqualTo(50);
    assertThat(stats.path("enabled").asBoolean()).isTrue();
  }

  @Test
  void hitRate_isPercentWithTwoDecimals(@TempDir Path other) throws Exception {
    KeyFiles.in(other).write(KeyFiles.key("pk_user_12345"));
    try (RunningGateway fresh = RunningGateway.start(other, upstream, Map.of())) {
      KeyCalls.cacheStats(fresh, "pk_user_12345");
      KeyCalls.cacheStats(fresh, "pk_user_12345");
      JsonNode stats = KeyCalls.cacheStats(fresh, "pk_user_12345");
      assertThat(stats.path("hits").asLong()).isEqualTo(2);
      assertThat(stats.path("misses").asLong()).isEqualTo(1);
      assertThat(stats.path("loads").asLong()).isEqualTo(1);
      assertThat(stats.path("size").asLong()).isEqualTo(1);
      assertThat(stats.path("hitRate").asDouble()).isEqualTo(66.67);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/stats", "/cache-stats", "/cache/stats"})
  void figures_needAKey(String path) throws Exception {
    assertThat(Http.get(gateway.uri(path)).status()).isEqualTo(401);
    assertThat(Http.get(gateway.uri(path), "x-api-key", "pk_nobody").status()).isEqualTo(401);
  }

  @Test
  void cacheStats_areNotForExpiredOrDisabledKeys() throws Exception {
    assertThat(Http.get(gateway.uri("/cache-stats"), "x-api-key", "pk_expired_1").status())
        .isEqualTo(403);
    assertThat(Http.get(gateway.uri("/cache/stats"), "x-api-key", "pk_disabled1").status())
        .isEqualTo(403);
  }

  @Test
  void root_namesVersionAndEndpoints() throws Exception {
    Http.Response answer = Http.get(gateway.uri("/"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().propertyNames()).containsExactly("name", "version", "endpoints");
    assertThat(answer.json().path("name").asString()).isEqualTo("Tallygate");
    assertThat(answer.json().path("version").asString()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(answer.json().path("endpoints").toString())
        .contains("/health", "/stats", "/cache-stats", "/v1/messages", "/v1/*");
  }

  @Test
  void health_isOpenAndTellsTheTime() throws Exception {
    Http.Response answer = Http.get(gateway.uri("/health"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().propertyNames()).containsExactly("status", "timestamp");
    assertThat(answer.json().path("status").asString()).isEqualTo("ok");
    Instant now = Ticker.system().now();
    assertThat(time(answer.json(), "/timestamp")).isBetween(now.minusSeconds(5), now);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/hello", "/health"})
  void probesOfAgents_areAnsweredWithoutABody(String path) throws Exception {
    Http.Response answer = Http.call("HEAD", gateway.uri(path));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  private static Instant time(JsonNode node, String pointer) {
    return Instant.parse(node.at(pointer).asString());
  }
}
