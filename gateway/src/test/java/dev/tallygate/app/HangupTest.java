package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.ReceivedRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGHUP to what the launcher has started. */
class HangupTest {
  private static final String KEY = "pk_user_12345";
  private static final String CHAT = "/v1/chat/completions";

  @TempDir Path home;
  @TempDir Path folder;

  @BeforeEach
  void keys() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key(KEY).id("user").limit(1_000_000));
  }

  private void dotEnv(String... lines) throws IOException {
    Files.write(folder.resolve(".env"), List.of(lines));
  }

  private Process serve(FakeUpstream upstream, String... args) throws IOException {
    Launcher launcher = new Launcher(folder);
    launcher.environment.putAll(
        Map.of(
            "HOST",
            "127.0.0.1",
            "PORT",
            "0",
            "MANAGEMENT_PORT",
            "0",
            "DATA_FILE",
            folder.resolve("apikeys.json").toString(),
            "OPENAI_UPSTREAM_URL",
            upstream.uri("/openai").toString(),
            "ANTHROPIC_UPSTREAM_URL",
            upstream.uri("/anthropic").toString()));
    List<String> command = new ArrayList<>();
    // Where tests run below nohup, SIGHUP is ignored by all that they start.
    command.add("--default-signal=HUP");
    command.add(Launcher.install(home).toString());
    command.addAll(List.of(args));
    Process process = launcher.start(Path.of("/usr/bin/env"), command.toArray(String[]::new));
    // So that whoever waits for a line which does not come is not kept.
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
    return process;
  }

  private static void hangUp(Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** The next line with this text; those before it are skipped. */
  private static String lineWith(BufferedReader log, String text) throws IOException {
    String line = log.readLine();
    while (line != null && !line.contains(text)) {
      line = log.readLine();
    }
    assertThat(line).as("a line with " + text).isNotNull();
    return line == null ? "" : line;
  }

  private static Http.Response call(URI gateway) throws Exception {
    return Http.post(gateway.resolve(CHAT), "{\"messages\":[]}", "x-api-key", KEY);
  }

  @Test
  void changedSettings_areInForce_closedAccountsOpen_andMistakesChangeNothing() throws Exception {
    dotEnv("ZAI_API_KEY=credential-one");
    try (FakeUpstream upstream = FakeUpstream.start()) {
      String reset =
          DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
              .withZone(ZoneOffset.ofHours(8))
              .format(Instant.now().plusSeconds(7200));
      upstream.then(
          Answers.json(
              429, "{\"error\":{\"code\":\"1308\",\"message\":\"reset at " + reset + "\"}}"));
      Process process = serve(upstream, "serve", "--cache-max-size", "50");
      try (BufferedReader log = process.inputReader()) {
        String listening = lineWith(log, "Tallygate is listening");
        URI gateway = URI.create("http://127.0.0.1:" + listening.replaceFirst(".*port=", ""));
        assertThat(call(gateway).status()).isEqualTo(429);
        assertThat(call(gateway).status()).isEqualTo(429);
        assertThat(upstream.requests()).hasSize(1);

        hangUp(process);
        assertThat(lineWith(log, "reloaded")).endsWith("no setting has changed");
        assertThat(call(gateway).status()).isEqualTo(200);

        dotEnv(
            "ZAI_API_KEY=credential-two",
            "DEFAULT_MODEL=glm-other",
            "CACHE_TTL_MS=1000",
            "CACHE_MAX_SIZE=60",
            "ADMIN_TOKEN=admin-token-of-the-test");
        hangUp(process);
        assertThat(lineWith(log, "reloaded"))
            .contains("INFO")
            .endsWith("DEFAULT_MODEL, ZAI_API_KEY changed");
        // The flag of CACHE_MAX_SIZE wins as it did.
        assertThat(lineWith(log, "next start"))
            .contains("WARN", " ADMIN_TOKEN, CACHE_TTL_MS changed");
        assertThat(call(gateway).status()).isEqualTo(200);
        ReceivedRequest call = upstream.requests().getLast();
        assertThat(call.head().first("authorization")).isEqualTo("Bearer credential-two");
        assertThat(call.json().path("model").asString()).isEqualTo("glm-other");

        dotEnv("ZAI_API_KEY=credential-three", "UPSTREAM_RETRY_MS=soon", "CACHE_TTL_MS=never");
        hangUp(process);
        assertThat(lineWith(log, "nothing is reloaded"))
            .contains("ERROR", "UPSTREAM_RETRY_MS", "soon", "CACHE_TTL_MS")
            .doesNotContain("credential");
        assertThat(call(gateway).status()).isEqualTo(200);
        assertThat(upstream.requests().getLast().head().first("authorization"))
            .isEqualTo("Bearer credential-two");

        process.toHandle().destroy();
        lineWith(log, "has stopped");
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
