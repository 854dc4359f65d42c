package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shortest way through the whole gateway. */
@Tag("transport")
class FirstCallTest {
  @TempDir Path folder;

  @Test
  void call_reachesTheUpstreamAndIsCounted() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345").model("glm-4.7").limit(1000));
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      upstream.then(Answers.chatCompletion(12, 30));
      Http.Response answer =
          Http.post(
              gateway.uri("/v1/chat/completions"),
              "{\"messages\":[]}",
              "Authorization",
              "Bearer pk_user_12345");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(upstream.onlyRequest().target()).isEqualTo("/openai/chat/completions");
      assertThat(upstream.onlyRequest().text())
          .isEqualTo("{\"model\":\"glm-4.7\",\"messages\":[]}");
      assertThat(upstream.onlyRequest().header("authorization"))
          .isEqualTo("Bearer " + RunningGateway.MASTER_KEY);
      assertThat(
              Http.get(gateway.uri("/stats"), "x-api-key", "pk_user_12345")
                  .json()
                  .at("/current_usage/tokens_used_in_current_window")
                  .asInt())
          .isEqualTo(42);
    }
  }
}
