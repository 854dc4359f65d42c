package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.GatewayProcess;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway that nobody watches does not load, and so does not wait for when it starts. */
class LoadedClassesTest {
  private static final String KEY = "pk_user_12345";

  @TempDir Path folder;

  @Test
  void unwatchedGateway_countsWithoutPrometheusAndOpenTelemetry() throws Exception {
    Path classes = folder.resolve("classes");
    KeyFiles keys = KeyFiles.in(folder).write(KeyFiles.key(KEY));
    try (FakeUpstream upstream = FakeUpstream.start().always(Answers.chatCompletion(1, 1));
        GatewayProcess process =
            GatewayProcess.start(
                keys.path(),
                folder,
                upstream.uri("/openai"),
                upstream.uri("/anthropic"),
                List.of("-Xlog:class+load:file=" + classes))) {
      URI gateway = process.awaitListening();
      URI chat = gateway.resolve("/v1/chat/completions");
      assertThat(Http.post(chat, "{}", "Authorization", "Bearer " + KEY).status()).isEqualTo(200);
      assertThat(process.terminate()).isZero();
    }
    assertThat(Files.readString(classes))
        .contains("dev.tallygate.metrics.CallMeters ")
        .doesNotContain(" io.prometheus.")
        .doesNotContain(" io.opentelemetry.")
        .doesNotContain(" dev.tallygate.tracing.");
  }
}
