package dev.tallygate.demo;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import dev.tallygate.testkit.SdkContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The official SDKs against the simulated upstream, with no gateway between. */
class SimulatedUpstreamSdkTest extends SdkContract {
  private static final String MASTER = "sk-simulated-master";

  private final List<AutoCloseable> clients = new ArrayList<>();
  private SimulatedUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = SimulatedUpstream.start(MASTER);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    upstream.close();
  }

  @Override
  protected OpenAIClient openAi(String key) {
    OpenAIClient client =
        OpenAIOkHttpClient.builder()
            .baseUrl(upstream.openAiBase().toString())
            .apiKey(key)
            .maxRetries(0)
            .build();
    clients.add(client::close);
    return client;
  }

  @Override
  protected AnthropicClient anthropic(String key) {
    AnthropicClient client =
        AnthropicOkHttpClient.builder()
            .baseUrl(upstream.anthropicBase().toString())
            .apiKey(key)
            .maxRetries(0)
            .build();
    clients.add(client::close);
    return client;
  }

  @Override
  protected String key() {
    return MASTER;
  }

  @Override
  protected Served served() {
    return upstream.served();
  }
}
