package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Many clients at once, each over a connection of its own, on a gateway that has no key in memory
 * yet. What the gateway says it counted is held against what the upstream says it served.
 */
class ColdCacheLoadTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int CLIENTS = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder;
  private SimulatedUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = SimulatedUpstream.start(RunningGateway.MASTER_KEY);
  }

  @AfterEach
  void stop() {
    upstream.close();
  }

  private RunningGateway gateway(int keys, Map<String, String> variables) throws IOException {
    KeyFiles.Entry[] entries = new KeyFiles.Entry[keys];
    for (int i = 0; i < keys; i++) {
      // room for what a thousand calls reserve at the same time
      entries[i] = KeyFiles.key(key(i)).limit(10_000_000);
    }
    KeyFiles.in(folder).write(entries);
    return RunningGateway.start(folder, upstream.openAiBase(), upstream.anthropicBase(), variables);
  }

  private static String key(int number) {
    return "pk_client_%05d".formatted(number);
  }

  @Test
  void thousandClientsWithTheirOwnKeys() throws Exception {
    try (RunningGateway gateway = gateway(CLIENTS, Map.of())) {
      long counted = callAtOnce(gateway, CLIENTS, 1, ColdCacheLoadTest::key);
      assertThat(upstream.served().total().calls()).isEqualTo(CLIENTS);
      assertThat(upstream.served().refused() + upstream.served().abandoned()).isZero();
      assertThat(counted).isEqualTo(upstream.served().total().charged());
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      assertThat(stats.path("loads").asLong()).isEqualTo(CLIENTS);
      assertThat(stats.path("size").asLong()).isEqualTo(CLIENTS);
      assertThat(stats.path("misses").asLong()).isEqualTo(CLIENTS);
      // Each client's look at /stats, and this one.
      assertThat(stats.path("hits").asLong()).isEqualTo(CLIENTS + 1);
      assertThat(stats.path("evictions").asLong() + stats.path("loadFailures").asLong()).isZero();
    }
  }

  @Test
  void thousandClientsWithOneKey() throws Exception {
    try (RunningGateway gateway = gateway(1, Map.of())) {
      callAtOnce(gateway, CLIENTS, 1, client -> key(0));
      assertThat(upstream.served().total().calls()).isEqualTo(CLIENTS);
      assertThat(KeyCalls.used(gateway, key(0))).isEqualTo(upstream.served().total().charged());
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      assertThat(stats.path("loads").asLong()).isEqualTo(1);
      assertThat(stats.path("size").asLong()).isEqualTo(1);
      assertThat(stats.path("hits").asLong() + stats.path("misses").asLong())
          .isEqualTo(2 * CLIENTS + 2);
    }
  }

  @Test
  void sustainedCalls_hitOver95Percent() throws Exception {
    int clients = 10;
    int calls = 100;
    try (RunningGateway gateway = gateway(clients, Map.of())) {
      callAtOnce(gateway, clients, calls, ColdCacheLoadTest::key);
      assertThat(upstream.served().total().calls()).isEqualTo(1_000);
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      assertThat(stats.path("hitRate").asDouble()).isGreaterThan(95);
      assertThat(stats.path("misses").asLong()).isEqualTo(clients);
      assertThat(stats.path("size").asLong()).isEqualTo(clients);
    }
  }

  @Test
  void withoutACache_nobodyFails() throws Exception {
    try (RunningGateway gateway = gateway(100, Map.of("CACHE_ENABLED", "false"))) {
      long counted = callAtOnce(gateway, 100, 3, ColdCacheLoadTest::key);
      assertThat(upstream.served().total().calls()).isEqualTo(300);
      assertThat(counted).isEqualTo(upstream.served().total().charged());
    }
  }

  @Test
  void warmedUpCache_missesNobody() throws Exception {
    Map<String, String> warm = Map.of("CACHE_WARMUP_ON_START", "true");
    try (RunningGateway gateway = gateway(CLIENTS, warm)) {
      await()
          .atMost(PATIENCE)
          .until(() -> KeyCalls.cacheStats(gateway, key(0)).path("size").asInt() == CLIENTS);
      JsonNode before = KeyCalls.cacheStats(gateway, key(0));
      long counted = callAtOnce(gateway, CLIENTS, 1, ColdCacheLoadTest::key);
      assertThat(counted).isEqualTo(upstream.served().total().charged());
      JsonNode after = KeyCalls.cacheStats(gateway, key(0));
      assertThat(after.path("misses")).isEqualTo(before.path("misses"));
      assertThat(after.path("loads")).isEqualTo(before.path("loads"));
      assertThat(after.path("hits").asLong())
          .isEqualTo(before.path("hits").asLong() + 2 * CLIENTS + 1);
    }
  }

  @Test
  void fewerPlacesThanKeys_costLoadsAndNothingElse() throws Exception {
    try (RunningGateway gateway = gateway(200, Map.of("CACHE_MAX_SIZE", "20"))) {
      long counted = callAtOnce(gateway, 200, 3, ColdCacheLoadTest::key);
      assertThat(upstream.served().total().calls()).isEqualTo(600);
      assertThat(counted).isEqualTo(upstream.served().total().charged());
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      assertThat(stats.path("size").asLong()).isBetween(1L, 20L);
      assertThat(stats.path("evictions").asLong()).isPositive();
    }
  }

  @Test
  void entriesThatExpireUnderLoad_areAskedForAgainAndNothingElse() throws Exception {
    try (RunningGateway gateway = gateway(20, Map.of("CACHE_TTL_MS", "5"))) {
      long counted = callAtOnce(gateway, 20, 20, ColdCacheLoadTest::key);
      assertThat(upstream.served().total().calls()).isEqualTo(400);
      assertThat(counted).isEqualTo(upstream.served().total().charged());
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      assertThat(stats.path("loads").asLong()).isGreaterThan(20);
      assertThat(stats.path("loadFailures").asLong()).isZero();
    }
  }

  /**
   * Lets so many clients call together, each over its own connection, and returns what their keys
   * have used by then: one look at {@code /stats} for each client.
   */
  private static long callAtOnce(
      RunningGateway gateway, int clients, int callsEach, IntFunction<String> keyOf)
      throws Exception {
    CountDownLatch connected = new CountDownLatch(clients);
    LongAdder used = new LongAdder();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>(clients);
      for (int client = 0; client < clients; client++) {
        int number = client;
        all.add(
            threads.submit(() -> {
              try (RawClient socket = RawClient.connect(gateway.uri("/")).patience(PATIENCE)) {
                connected.countDown();
                connected.await();
                used.add(callAndLook(socket, number, callsEach, keyOf.apply(number)));
              }
              return null;
            }));
      }
      for (Future<?> client : all) {
        client.get();
      }
    }
    return used.sum();
  }

  private static long callAndLook(RawClient socket, int number, int calls, String key)
      throws IOException {
    boolean chat = number % 2 == 0;
    for (int call = 0; call < calls; call++) {
      RawResponse answer =
          socket
              .request(
                  "POST",
                  chat ? KeyCalls.CHAT : KeyCalls.MESSAGES,
                  KeyCalls.BODY,
                  chat ? "Authorization: Bearer " + key : "x-api-key: " + key)
              .readResponse();
      assertThat(answer.status())
          .as(new String(answer.body(), StandardCharsets.UTF_8))
          .isEqualTo(200);
    }
    RawResponse stats = socket.request("GET", "/stats", "", "x-api-key: " + key).readResponse();
    assertThat(stats.status()).isEqualTo(200);
    return JSON.readTree(stats.body()).at("/current_usage/tokens_used_in_current_window").asLong();
  }
}
