package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Usage between the gateway and the key file: imported, mirrored, and there again after a stop. */
class UsageInKeyFileTest {
  private static final String KEY = "pk_user_12345";
  private static final Duration MIRRORED = Duration.ofSeconds(2);

  @TempDir Path folder;
  private KeyFiles file;
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    file = KeyFiles.in(folder);
    upstream = FakeUpstream.start().always(Answers.chatCompletion(12, 30));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningGateway gateway() throws IOException {
    return RunningGateway.start(folder, upstream, Map.of());
  }

  @Test
  void usage_isMirroredAndLeavesTheRestAlone() throws Exception {
    String text =
        """
        {
          "comment": "ours, keep it",
          "keys": [
            {
              "note": {"team": ["a",  "b"]},
              "key": "pk_user_12345",
              "name": "Ännchen",
              "token_limit_per_5h": 1000,
              "expiry_date": "2099-12-31T23:59:59Z",
              "cost_centre": 4711
            },
            {"key": "pk_idle_00001", "token_limit_per_5h": 5, "expiry_date": "2099-12-31T23:59:59Z"}
          ],
          "version": 3
        }
        """;
    file.writeText(text);
    Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-r-----"));
    Instant before = Ticker.system().now();
    try (RunningGateway gateway = gateway()) {
      KeyCalls.chat(gateway, KEY);
      KeyCalls.messages(gateway, KEY);
      long charged = KeyCalls.used(gateway, KEY);
      await()
          .atMost(MIRRORED)
          .untilAsserted(() ->
              assertThat(file.entry(KEY).path("total_lifetime_tokens").asLong())
                  .isEqualTo(charged));
    }
    JsonNode entry = file.entry(KEY);
    assertThat(entry.path("id").asString())
        .isEqualTo("k_" + KeyDigest.of(KEY).hex().substring(0, 12));
    assertThat(Instant.parse(entry.path("last_used").asString()))
        .isBetween(before.minusSeconds(1), Ticker.system().now());
    long windows = 0;
    for (JsonNode window : entry.path("usage_windows")) {
      assertThat(window.propertyNames()).containsExactly("window_start", "tokens_used");
      assertThat(Instant.parse(window.path("window_start").asString()).getEpochSecond() % 300)
          .isZero();
      windows += window.path("tokens_used").asLong();
    }
    assertThat(windows).isEqualTo(entry.path("total_lifetime_tokens").asLong()).isPositive();
    String ours =
        "\"(id|last_used|total_lifetime_tokens)\": [^\\n]*\\n|\"usage_windows\": \\[[^]]*]\\n";
    assertThat(compact(file.text().replaceAll(ours, "").replace("4711,", "4711")))
        .isEqualTo(compact(text));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
        .isEqualTo("rw-r-----");
  }

  private static String compact(String text) {
    return text.replaceAll("\\n\\s*", "\n").replaceAll("\\n\\n+", "\n");
  }

  @Test
  void usageOfThePredecessor_countsFromTheStart() throws Exception {
    Instant now = Ticker.system().now();
    file.write(
        KeyFiles.key(KEY)
            .limit(1_000)
            .used(now.minus(Duration.ofHours(6)), 5_000)
            .used(now.minus(Duration.ofHours(2)), 300)
            .used(now.minus(Duration.ofHours(1)), 690)
            .with("last_used", "2026-01-18T10:00:00.000Z"));
    try (RunningGateway gateway = gateway()) {
      JsonNode stats = KeyCalls.stats(gateway, KEY);
      assertThat(stats.at("/current_usage/tokens_used_in_current_window").asLong()).isEqualTo(990);
      assertThat(stats.path("total_lifetime_tokens").asLong()).isEqualTo(5_990);
      assertThat(Instant.parse(stats.path("last_used").asString()))
          .isEqualTo("2026-01-18T10:00:00Z");
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(429);
      assertThat(KeyCalls.stats(gateway, KEY).path("total_lifetime_tokens").asLong())
          .isEqualTo(6_032);
    }
    JsonNode entry = file.entry(KEY);
    assertThat(entry.path("total_lifetime_tokens").asLong()).isEqualTo(6_032);
    assertThat(entry.path("usage_windows").toString())
        .as("the old window is cleaned up")
        .doesNotContain("5000")
        .contains("300", "690", "42");
  }

  @Test
  void usage_survivesACleanRestart() throws Exception {
    file.write(KeyFiles.key(KEY).limit(100));
    JsonNode before;
    try (RunningGateway gateway = gateway()) {
      for (int call = 0; call < 3; call++) {
        assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      }
      before = KeyCalls.stats(gateway, KEY);
      // At once: what the mirror has not written yet is written by the stop.
    }
    try (RunningGateway gateway = gateway()) {
      JsonNode after = KeyCalls.stats(gateway, KEY);
      assertThat(after.at("/current_usage/tokens_used_in_current_window").asLong()).isEqualTo(126);
      assertThat(after.path("total_lifetime_tokens").asLong()).isEqualTo(126);
      assertThat(Instant.parse(after.path("last_used").asString()))
          .isCloseTo(
              Instant.parse(before.path("last_used").asString()), within(1, ChronoUnit.MILLIS));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(429);
    }
  }

  @Test
  void usage_isNotResetByEditingTheFile() throws Exception {
    file.write(KeyFiles.key(KEY).limit(1_000));
    try (RunningGateway gateway = gateway()) {
      KeyCalls.chat(gateway, KEY);
      file.replace(KeyFiles.key(KEY).limit(2_000));
      await()
          .atMost(Duration.ofSeconds(1))
          .untilAsserted(() ->
              assertThat(
                      KeyCalls.stats(gateway, KEY).at("/current_usage/remaining_tokens").asLong())
                  .isEqualTo(1_958));
      KeyCalls.chat(gateway, KEY);
      await()
          .atMost(MIRRORED)
          .untilAsserted(() ->
              assertThat(file.entry(KEY).path("total_lifetime_tokens").asLong()).isEqualTo(84));
      assertThat(file.entry(KEY).path("token_limit_per_5h").asLong()).isEqualTo(2_000);
    }
  }

  @Test
  void unknownKey_leavesNoTrace() throws Exception {
    file.write(KeyFiles.key(KEY));
    String before = file.text();
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_nobody_01").status()).isEqualTo(401);
    }
    assertThat(file.text()).isEqualTo(before);
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void counting_leavesTheCacheAlone() throws Exception {
    // The predecessor wrote usage into the cached entry; here a call changes no definition.
    file.write(KeyFiles.key(KEY));
    try (RunningGateway gateway = gateway()) {
      for (int call = 0; call < 3; call++) {
        assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      }
      await()
          .atMost(MIRRORED)
          .untilAsserted(() ->
              assertThat(file.entry(KEY).path("total_lifetime_tokens").asLong()).isEqualTo(126));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      JsonNode stats = KeyCalls.cacheStats(gateway, KEY);
      assertThat(stats.path("loads").asLong()).isEqualTo(1);
      assertThat(stats.path("invalidations").asLong()).isZero();
      assertThat(stats.path("hits").asLong()).isEqualTo(4);
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(168);
    }
  }
}
