package dev.tallygate.blackbox;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Official SDK clients of one gateway. Those that retry do not sleep: how long they would have is
 * kept for the test to look at. Closing closes all clients.
 */
final class SdkClients implements AutoCloseable {
  private final URI gateway;
  private final List<Runnable> open = new ArrayList<>();
  private final List<Duration> pauses = new CopyOnWriteArrayList<>();

  SdkClients(URI gateway) {
    this.gateway = gateway;
  }

  /** Without retries. */
  OpenAIClient openAi(String key) {
    return opened(openAiBuilder(key).maxRetries(0).build());
  }

  /** Without retries; the key travels in {@code x-api-key}. */
  AnthropicClient anthropic(String key) {
    return opened(anthropicBuilder().apiKey(key).maxRetries(0).build());
  }

  /** Without retries; the key travels as a bearer token. */
  AnthropicClient anthropicWithToken(String key) {
    return opened(anthropicBuilder().authToken(key).maxRetries(0).build());
  }

  /** With the SDK's own number of retries. */
  OpenAIClient retryingOpenAi(String key) {
    return opened(openAiBuilder(key).sleeper(new OpenAiPauses()).build());
  }

  /** With the SDK's own number of retries. */
  AnthropicClient retryingAnthropic(String key) {
    return opened(anthropicBuilder().apiKey(key).sleeper(new AnthropicPauses()).build());
  }

  /** How long the retrying clients would have slept before each retry. */
  List<Duration> pauses() {
    return pauses;
  }

  @Override
  public void close() {
    open.forEach(Runnable::run);
  }

  private OpenAIOkHttpClient.Builder openAiBuilder(String key) {
    return OpenAIOkHttpClient.builder().baseUrl(gateway.resolve("/v1").toString()).apiKey(key);
  }

  private AnthropicOkHttpClient.Builder anthropicBuilder() {
    return AnthropicOkHttpClient.builder().baseUrl(gateway.resolve("/").toString());
  }

  private OpenAIClient opened(OpenAIClient client) {
    open.add(client::close);
    return client;
  }

  private AnthropicClient opened(AnthropicClient client) {
    open.add(client::close);
    return client;
  }

  private CompletableFuture<Void> pause(Duration length) {
    pauses.add(length);
    return CompletableFuture.completedFuture(null);
  }

  private final class OpenAiPauses implements com.openai.core.Sleeper {
    @Override
    public void sleep(Duration length) {
      pauses.add(length);
    }

    @Override
    public CompletableFuture<Void> sleepAsync(Duration length) {
      return pause(length);
    }

    @Override
    public void close() {
      // holds nothing
    }
  }

  private final class AnthropicPauses implements com.anthropic.core.Sleeper {
    @Override
    public void sleep(Duration length) {
      pauses.add(length);
    }

    @Override
    public CompletableFuture<Void> sleepAsync(Duration length) {
      return pause(length);
    }

    @Override
    public void close() {
      // holds nothing
    }
  }
}
