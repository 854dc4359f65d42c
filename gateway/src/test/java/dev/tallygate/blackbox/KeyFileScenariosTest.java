package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A day of a key file: warm-ups of any file, slow writers, one trouble after the other. */
class KeyFileScenariosTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String ADA = "pk_scenario_ada";
  private static final String BOB = "pk_scenario_bob";
  private static final String NOBODY = "pk_scenario_nobody";

  @TempDir Path folder;
  private KeyFiles file;
  private FakeUpstream upstream;
  private int lookUps;

  @BeforeEach
  void start() throws IOException {
    file = KeyFiles.in(folder);
    upstream = FakeUpstream.start().always(Answers.chatCompletion(3, 4));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  @Test
  void warmUp_ofAMissingFile_isOfNothing_andTheFirstKeyWorks() throws Exception {
    try (RunningGateway gateway = warm()) {
      thenTheFirstKeyWorks(gateway);
    }
  }

  @Test
  void warmUp_ofAnEmptyFile_isOfNothing_andTheFirstKeyWorks() throws Exception {
    file.write();
    try (RunningGateway gateway = warm()) {
      thenTheFirstKeyWorks(gateway);
    }
  }

  private void thenTheFirstKeyWorks(RunningGateway gateway) throws Exception {
    assertThat(status(gateway, ADA)).isEqualTo(401);
    file.write(KeyFiles.key(ADA));
    await().atMost(SOON).until(() -> status(gateway, ADA) == 200);
    assertThat(stats(gateway).path("size").asInt()).isEqualTo(1);
  }

  @Test
  void warmUp_ofAHugeFile_fillsThePlacesThereAre_andServesTheOthersToo() throws Exception {
    int keys = 20_000;
    file.write(
        IntStream.range(0, keys)
            .mapToObj(i -> KeyFiles.key(ADA + i).id("k" + i))
            .toArray(KeyFiles.Entry[]::new));
    try (RunningGateway gateway = warm()) {
      await()
          .atMost(SOON)
          .until(() -> KeyCalls.cacheStats(gateway, ADA + 0).path("size").asInt() == 1_000);
      for (int i = 0; i < keys; i += keys / 20) {
        assertThat(status(gateway, ADA + i)).as("key %d", i).isEqualTo(200);
      }
    }
  }

  @Test
  void fileThatGrowsWhileItIsRead_losesNobody_andIsUsedWhenItIsWhole() throws Exception {
    file.write(KeyFiles.key(ADA), KeyFiles.key(BOB));
    byte[] whole = file.text().getBytes(StandardCharsets.UTF_8);
    file.write(KeyFiles.key(ADA));
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of());
        OutputStream out = Files.newOutputStream(file.path())) {
      assertThat(status(gateway, ADA)).isEqualTo(200);
      for (byte one : whole) {
        out.write(one);
        out.flush();
        assertThat(status(gateway, ADA)).isEqualTo(200);
      }
      await().atMost(SOON).until(() -> status(gateway, BOB) == 200);
      assertThat(Http.get(gateway.uri("/health")).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void statistics_areAccurate_afterAllOfIt() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      assertThat(status(gateway, ADA)).as("missing").isEqualTo(401);
      file.write(KeyFiles.key(ADA), KeyFiles.key(BOB));
      await().atMost(SOON).until(() -> status(gateway, ADA) == 200);
      assertThat(status(gateway, BOB)).isEqualTo(200);
      assertThat(status(gateway, NOBODY)).isEqualTo(401);
      assertThat(status(gateway, NOBODY)).isEqualTo(401);
      file.writeText("{\"keys\":[{,");
      await().atMost(SOON).until(() -> health(gateway).contains("degraded"));
      assertThat(status(gateway, BOB)).as("corrupt").isEqualTo(200);
      file.delete();
      await().atMost(SOON).until(() -> health(gateway).contains("vanished"));
      assertThat(status(gateway, ADA)).as("vanished").isEqualTo(200);
      file.write(KeyFiles.key(BOB), KeyFiles.key(NOBODY));
      await().atMost(SOON).until(() -> status(gateway, NOBODY) == 200);
      assertThat(status(gateway, ADA)).as("removed").isEqualTo(401);
      file.replace(KeyFiles.key(ADA).disabled(), KeyFiles.key(BOB));
      await().atMost(SOON).until(() -> status(gateway, ADA) == 403);
      assertThat(status(gateway, NOBODY)).as("removed").isEqualTo(401);
      JsonNode stats = stats(gateway);
      long hits = stats.path("hits").asLong();
      long misses = stats.path("misses").asLong();
      assertThat(hits + misses).isEqualTo(lookUps);
      assertThat(stats.path("hitRate").asDouble()).isCloseTo(100.0 * hits / lookUps, within(0.005));
      assertThat(stats.path("loads").asLong()).isEqualTo(misses);
      assertThat(stats.path("loadFailures").asLong()).isZero();
      assertThat(stats.path("size").asLong()).as("Ada and Bob").isEqualTo(2);
      assertThat(stats.path("evictions").asLong()).isZero();
    }
  }

  private RunningGateway warm() throws IOException {
    return RunningGateway.start(folder, upstream, Map.of("CACHE_WARMUP_ON_START", "true"));
  }

  private int status(RunningGateway gateway, String key) throws Exception {
    lookUps++;
    return KeyCalls.chat(gateway, key).status();
  }

  private JsonNode stats(RunningGateway gateway) throws Exception {
    lookUps++;
    return KeyCalls.cacheStats(gateway, status(gateway, ADA) == 200 ? ADA : BOB);
  }

  private static String health(RunningGateway gateway) throws Exception {
    return Http.get(gateway.uri("/health")).body();
  }
}
