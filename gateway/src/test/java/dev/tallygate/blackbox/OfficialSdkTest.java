package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.models.messages.MessageCreateParams;
import com.openai.client.OpenAIClient;
import dev.tallygate.demo.Served;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.SdkContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official SDKs get through the gateway what they get from the upstream itself, and after every
 * call {@code /stats} says exactly what the upstream says it served.
 */
@Tag("transport")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OfficialSdkTest extends SdkContract {
  private static final String KEY = "pk_official_sdks";

  private final Map<String, OpenAIClient> openAi = new HashMap<>();
  private final Map<String, AnthropicClient> anthropic = new HashMap<>();
  private SimulatedUpstream upstream;
  private RunningGateway gateway;
  private SdkClients clients;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key(KEY).model("*").limit(10_000_000));
    upstream = SimulatedUpstream.start(RunningGateway.MASTER_KEY);
    gateway =
        RunningGateway.start(folder, upstream.openAiBase(), upstream.anthropicBase(), Map.of());
    clients = new SdkClients(gateway.uri("/"));
  }

  @AfterEach
  void usage_isWhatTheUpstreamServed() throws Exception {
    gateway.awaitIdle();
    var stats = Http.get(gateway.uri("/stats"), "x-api-key", KEY).json();
    long served = upstream.served().total().charged();
    assertThat(stats.at("/current_usage/tokens_used_in_current_window").asLong(-1))
        .isEqualTo(served);
    assertThat(stats.at("/total_lifetime_tokens").asLong(-1)).isEqualTo(served);
    assertThat(upstream.served().abandoned()).isZero();
  }

  @AfterAll
  void stop() throws Exception {
    clients.close();
    gateway.close();
    upstream.close();
  }

  @Test
  void requestId_isWhereTheSdksLookForIt() {
    var params =
        MessageCreateParams.builder()
            .model("glm-4.7")
            .maxTokens(64)
            .addUserMessage("Hello")
            .build();
    try (var answer = anthropic(KEY).messages().withRawResponse().create(params)) {
      assertThat(answer.requestId().orElseThrow()).startsWith("req_");
      assertThat(answer.headers().values("x-request-id"))
          .containsExactly(answer.requestId().orElseThrow());
      assertThat(answer.headers().values("x-upstream-request-id")).hasSize(1);
    }
    try (var list = openAi(KEY).models().withRawResponse().list()) {
      assertThat(list.requestId().orElseThrow()).startsWith("req_");
      assertThat(list.headers().values("request-id")).isEmpty();
    }
  }

  @Test
  void messages_withTheKeyAsBearerToken() {
    Served.Tokens before = served().of("glm-4.7");
    var answer =
        clients
            .anthropicWithToken(KEY)
            .messages()
            .create(
                MessageCreateParams.builder()
                    .model("glm-4.7")
                    .maxTokens(64)
                    .addUserMessage("Hello")
                    .build());
    assertThat(answer.usage().outputTokens())
        .isEqualTo(served().of("glm-4.7").minus(before).output());
  }

  @Override
  protected OpenAIClient openAi(String key) {
    return openAi.computeIfAbsent(key, clients::openAi);
  }

  @Override
  protected AnthropicClient anthropic(String key) {
    return anthropic.computeIfAbsent(key, clients::anthropic);
  }

  @Override
  protected String key() {
    return KEY;
  }

  @Override
  protected Served served() {
    return upstream.served();
  }
}
