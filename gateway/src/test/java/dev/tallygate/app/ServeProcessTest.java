package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tallygate serve} as a process of its own, with signals. */
class ServeProcessTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String KEY = "pk_user_12345";

  @TempDir Path folder;

  @Test
  void sigtermTwiceDuringAStream_letsItEnd_writesTheUsage_andExitsWithZero() throws Exception {
    KeyFiles keys = KeyFiles.in(folder).write(KeyFiles.key(KEY).name("User").limit(1000));
    List<String> events = Answers.chatEvents(3, 20, 3);
    try (FakeUpstream upstream = FakeUpstream.start()) {
      upstream.then(connection -> {
        connection.send(Answers.streamHead() + Answers.chunk(events.getFirst()));
        connection.stall();
        for (String event : events.subList(1, events.size())) {
          connection.sendChunk(event);
        }
        connection.endChunks();
      });
      Process process = serve(upstream, 0);
      try (BufferedReader log = process.inputReader();
          RawClient client = RawClient.connect(URI.create("http://127.0.0.1:" + port(log) + "/"))) {
        client.request(
            "POST", "/v1/chat/completions", "{\"stream\":true}", "Authorization: Bearer " + KEY);
        client.readHead();
        assertThat(client.readPart()).isNotNull();

        // Through the handle: Process.destroy() would close our end of its output as well.
        process.toHandle().destroy();
        assertThat(lineWith(log, "stopping")).isNotEmpty();
        process.toHandle().destroy();
        upstream.release();

        assertThat(client.rest().text()).endsWith("data: [DONE]\n\n");
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(keys.entry(KEY).path("total_lifetime_tokens").asInt()).isEqualTo(23);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void portInUse_isSaidInOneLine() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key(KEY));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        FakeUpstream upstream = FakeUpstream.start()) {
      Process process = serve(upstream, taken.getLocalPort());
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(ExitCode.FAILED);
      assertThat(output)
          .contains("Tallygate could not start: cannot listen on")
          .contains(":" + taken.getLocalPort())
          .doesNotContain("\tat ");
    }
  }

  private Process serve(FakeUpstream upstream, int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve");
    builder
        .environment()
        .putAll(
            Map.of(
                "HOST", "127.0.0.1",
                "PORT", Integer.toString(port),
                "MANAGEMENT_PORT", "0",
                "ZAI_API_KEY", "master",
                "DATA_FILE", folder.resolve("apikeys.json").toString(),
                "OPENAI_UPSTREAM_URL", upstream.uri("/openai").toString(),
                "ANTHROPIC_UPSTREAM_URL", upstream.uri("/anthropic").toString()));
    return builder.directory(folder.toFile()).redirectErrorStream(true).start();
  }

  private static String port(BufferedReader log) {
    return lineWith(log, "Tallygate is listening").replaceFirst(".*port=", "");
  }

  private static String lineWith(BufferedReader log, String text) {
    StringBuilder found = new StringBuilder();
    await()
        .atMost(SOON.multipliedBy(2))
        .until(() -> {
          String line = log.readLine();
          if (line != null && line.contains(text)) {
            found.append(line);
          }
          return line == null || !found.isEmpty();
        });
    return found.toString();
  }
}
