package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What people do to the key file while the gateway runs, and what callers notice of it. */
class KeyFileLifeTest {
  private static final Duration A_SECOND = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int CALLERS = 8;

  @TempDir Path folder;
  private final Ticker clock = Ticker.system();
  private KeyFiles file;
  private FakeUpstream upstream;

  /** How a person saves the file. */
  enum Saving {
    IN_PLACE,
    BY_RENAME;

    void save(KeyFiles file, KeyFiles.Entry... entries) throws IOException {
      var _ = this == IN_PLACE ? file.write(entries) : file.replace(entries);
    }

    void saveText(KeyFiles file, String text) throws IOException {
      var _ = this == IN_PLACE ? file.writeText(text) : file.replaceText(text);
    }
  }

  @BeforeEach
  void start() throws IOException {
    file = KeyFiles.in(folder);
    upstream = FakeUpstream.start().always(Answers.chatCompletion(3, 4));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningGateway gateway(String... variables) throws IOException {
    return RunningGateway.start(
        folder, upstream, variables.length == 0 ? Map.of() : Map.of(variables[0], variables[1]));
  }

  private static void withinASecond(ThrowingRunnable assertion) {
    await().atMost(A_SECOND).pollInterval(Duration.ofMillis(20)).untilAsserted(assertion);
  }

  @ParameterizedTest
  @EnumSource
  void busyKeyThatIsRemoved_isRefusedWithinASecond(Saving saving) throws Exception {
    file.write(KeyFiles.key("pk_leaver_01"), KeyFiles.key("pk_stayer_01"));
    AtomicLong removedAt = new AtomicLong(Long.MAX_VALUE);
    AtomicInteger served = new AtomicInteger();
    try (RunningGateway gateway = gateway();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Duration>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(threads.submit(() -> callUntilRefused(gateway, removedAt, served)));
      }
      await().atMost(SOON).until(() -> served.get() > 10 * CALLERS);
      saving.save(file, KeyFiles.key("pk_stayer_01"));
      removedAt.set(clock.nanos());
      for (Future<Duration> caller : callers) {
        assertThat(caller.get()).as("the last served call began").isLessThan(A_SECOND);
      }
      assertThat(KeyCalls.chat(gateway, "pk_stayer_01").status()).isEqualTo(200);
      // Usage that was still to be mirrored does not bring the entry back.
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(file.entry("pk_stayer_01").path("total_lifetime_tokens").asLong())
                  .isEqualTo(7));
      assertThat(file.text()).doesNotContain("pk_leaver_01");
      assertThat(KeyCalls.chat(gateway, "pk_leaver_01").status()).isEqualTo(401);
    }
  }

  /** Returns how long after the removal its last served call began. */
  private Duration callUntilRefused(
      RunningGateway gateway, AtomicLong removedAt, AtomicInteger served) throws IOException {
    Duration last = Duration.ZERO;
    long giveUp = clock.nanos() + Duration.ofSeconds(20).toNanos();
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      while (clock.nanos() < giveUp) {
        long began = clock.nanos();
        RawResponse answer =
            client
                .request("POST", KeyCalls.CHAT, KeyCalls.BODY, "x-api-key: pk_leaver_01")
                .readResponse();
        if (answer.status() == 401) {
          return last;
        }
        assertThat(answer.status()).isEqualTo(200);
        served.incrementAndGet();
        if (began > removedAt.get()) {
          last = Duration.ofNanos(began - removedAt.get());
        }
      }
    }
    throw new AssertionError("still served at the end");
  }

  @ParameterizedTest
  @EnumSource
  void keyThatIsAddedAfterItWasRefused_worksWithinASecond(Saving saving) throws Exception {
    file.write();
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_joiner_01").status()).isEqualTo(401);
      assertThat(KeyCalls.messages(gateway, "pk_joiner_01").status()).isEqualTo(401);
      saving.save(file, KeyFiles.key("pk_joiner_01"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_joiner_01").status()).isEqualTo(200));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyChangeOfAKey_takesEffectWithinASecond(Saving saving) throws Exception {
    String key = "pk_changing1";
    file.write(KeyFiles.key(key).model("glm-4.7"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, key).status()).isEqualTo(200);
      saving.save(file, KeyFiles.key(key).disabled());
      withinASecond(() -> assertThat(KeyCalls.chat(gateway, key).body()).contains("key_disabled"));
      saving.save(file, KeyFiles.key(key).expires(Instant.parse("2026-01-01T00:00:00Z")));
      withinASecond(() -> assertThat(KeyCalls.chat(gateway, key).body()).contains("key_expired"));
      saving.save(file, KeyFiles.key(key).model("glm-4.5-air"));
      withinASecond(() -> assertThat(KeyCalls.chat(gateway, key).status()).isEqualTo(200));
      assertThat(upstream.requests().getLast().json().path("model").asString())
          .isEqualTo("glm-4.5-air");
      saving.save(file, KeyFiles.key(key).limit(5));
      withinASecond(() -> assertThat(KeyCalls.chat(gateway, key).status()).isEqualTo(429));
      saving.save(file, KeyFiles.key(key).models("glm-5").limit(1_000));
      withinASecond(() -> assertThat(KeyCalls.chat(gateway, key).status()).isEqualTo(200));
      assertThat(upstream.requests().getLast().json().path("model").asString()).isEqualTo("glm-5");
    }
  }

  @Test
  void changeOfOneKey_invalidatesNoOther() throws Exception {
    file.write(KeyFiles.key("pk_same_0001"), KeyFiles.key("pk_changing1").limit(1));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_same_0001").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_changing1").status()).isEqualTo(200);
      file.replace(KeyFiles.key("pk_same_0001"), KeyFiles.key("pk_changing1"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_changing1").status()).isEqualTo(200));
      var stats = KeyCalls.cacheStats(gateway, "pk_same_0001");
      assertThat(stats.path("invalidations").asLong()).isEqualTo(1);
      assertThat(stats.path("loads").asLong()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void fileThatBreaksWhileRunning_leavesTheKeysWorkingAndHeals(Saving saving) throws Exception {
    file.write(KeyFiles.key("pk_known_001"), KeyFiles.key("pk_unused_01"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      saving.saveText(file, "{\"keys\":[\n  {\"key\":\"pk_known_001\",,}\n]}");
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(health(gateway).body()).contains("degraded", "line 2, column 2"));
      assertThat(health(gateway).status()).isEqualTo(200);
      assertThat(health(gateway).body()).doesNotContain("pk_known_001");
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      // In the last good set, though never in the cache.
      assertThat(KeyCalls.messages(gateway, "pk_unused_01").status()).isEqualTo(200);
      assertThat(file.text()).as("left to whoever edits it").contains(",,");
      saving.save(file, KeyFiles.key("pk_known_001"), KeyFiles.key("pk_mended_01"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_mended_01").status()).isEqualTo(200));
      assertThat(health(gateway).json().path("status").asString()).isEqualTo("ok");
      assertThat(health(gateway).json().has("reasons")).isFalse();
    }
  }

  @Test
  void fileThatIsBrokenAtTheStart_isUnavailableNotUnauthorizedAndHeals() throws Exception {
    file.writeText("{\"keys\":[{\"key\":\"pk_known_001\"");
    try (RunningGateway gateway = gateway()) {
      Http.Response health = health(gateway);
      assertThat(health.status()).isEqualTo(503);
      assertThat(health.json().path("status").asString()).isEqualTo("not_ready");
      assertThat(health.json().path("reasons").path(0).asString())
          .contains("apikeys.json", "line 1, column", "ends too early");
      for (String key : List.of("pk_known_001", "pk_nobody_01")) {
        assertThat(KeyCalls.chat(gateway, key).status()).isEqualTo(503);
        assertThat(KeyCalls.messages(gateway, key).status()).isEqualTo(503);
      }
      assertThat(Http.get(gateway.uri("/stats"), "x-api-key", "pk_known_001").status())
          .isEqualTo(503);
      assertThat(upstream.requests()).isEmpty();
      file.write(KeyFiles.key("pk_known_001"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200));
      assertThat(KeyCalls.messages(gateway, "pk_nobody_01").status()).isEqualTo(401);
      assertThat(health(gateway).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void fileThatIsMissingAtTheStart_isAnEmptySetUntilItAppears() throws Exception {
    try (RunningGateway gateway = gateway()) {
      assertThat(health(gateway).status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(401);
      file.write(KeyFiles.key("pk_known_001"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200));
    }
  }

  @Test
  void fileThatVanishesWhileRunning_leavesTheKeysWorking() throws Exception {
    file.write(KeyFiles.key("pk_known_001"), KeyFiles.key("pk_unused_01"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      file.delete();
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(health(gateway).body()).contains("degraded", "vanished"));
      assertThat(health(gateway).status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_unused_01").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_nobody_01").status()).isEqualTo(401);
      assertThat(file.path()).as("not invented anew").doesNotExist();
      file.write(KeyFiles.key("pk_known_001"));
      withinASecond(
          () -> assertThat(KeyCalls.chat(gateway, "pk_unused_01").status()).isEqualTo(401));
      assertThat(health(gateway).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void withoutACache_changesAreSeenByTheNextCall() throws Exception {
    file.write(KeyFiles.key("pk_known_001"));
    try (RunningGateway gateway = gateway("CACHE_ENABLED", "false")) {
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_joiner_01").status()).isEqualTo(401);
      file.replace(KeyFiles.key("pk_joiner_01"));
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(401);
      assertThat(KeyCalls.chat(gateway, "pk_joiner_01").status()).isEqualTo(200);
      var stats = KeyCalls.cacheStats(gateway, "pk_joiner_01");
      assertThat(stats.path("enabled").asBoolean()).isFalse();
      assertThat(stats.path("hits").asLong() + stats.path("misses").asLong()).isZero();
      assertThat(stats.path("size").asLong()).isZero();
    }
  }

  @Test
  void leftOverLockFolder_isNobodysBusiness() throws Exception {
    file.write(KeyFiles.key("pk_known_001"));
    Path lock = Files.createDirectory(folder.resolve("apikeys.json.lock"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(file.entry("pk_known_001").path("total_lifetime_tokens").asLong())
                  .isEqualTo(7));
      assertThat(lock).isDirectory();
      assertThat(health(gateway).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void badEntry_isRefusedByItself() throws Exception {
    file.write(
        KeyFiles.key("pk_known_001"),
        KeyFiles.key("pk_noexpiry1").without("expiry_date"),
        KeyFiles.key("pk_negative1").limit(-1),
        KeyFiles.key("pk_known_001").name("Twice"),
        KeyFiles.key("pk_known_002"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_noexpiry1").status()).isEqualTo(401);
      assertThat(KeyCalls.chat(gateway, "pk_negative1").status()).isEqualTo(401);
      assertThat(KeyCalls.chat(gateway, "pk_known_001").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, "pk_known_002").status()).isEqualTo(200);
      assertThat(KeyCalls.stats(gateway, "pk_known_001").path("name").asString()).isEqualTo("User");
    }
  }

  private static Http.Response health(RunningGateway gateway)
      throws IOException, InterruptedException {
    return Http.get(gateway.uri("/health"));
  }
}
