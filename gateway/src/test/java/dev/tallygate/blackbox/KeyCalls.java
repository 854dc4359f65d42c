package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/** The calls that tests about keys make again and again. */
final class KeyCalls {
  static final String CHAT = "/v1/chat/completions";
  static final String MESSAGES = "/v1/messages";
  static final String BODY = "{\"messages\":[{\"role\":\"user\",\"content\":\"words=3\"}]}";

  private KeyCalls() {}

  /** An OpenAI call with the key as its bearer token. */
  static Http.Response chat(RunningGateway gateway, String key)
      throws IOException, InterruptedException {
    return Http.post(gateway.uri(CHAT), BODY, "Authorization", "Bearer " + key);
  }

  /** An Anthropic call with the key as {@code x-api-key}. */
  static Http.Response messages(RunningGateway gateway, String key)
      throws IOException, InterruptedException {
    return Http.post(gateway.uri(MESSAGES), BODY, "x-api-key", key);
  }

  /** What {@code /stats} tells the key's holder. */
  static JsonNode stats(RunningGateway gateway, String key)
      throws IOException, InterruptedException {
    Http.Response answer = Http.get(gateway.uri("/stats"), "x-api-key", key);
    assertThat(answer.status()).isEqualTo(200);
    return answer.json();
  }

  /** The tokens that count against the key's limit now. */
  static long used(RunningGateway gateway, String key) throws IOException, InterruptedException {
    return stats(gateway, key).at("/current_usage/tokens_used_in_current_window").asLong();
  }

  /** What {@code /cache-stats} says; asking is a look-up itself and counted before the answer. */
  static JsonNode cacheStats(RunningGateway gateway, String key)
      throws IOException, InterruptedException {
    Http.Response answer = Http.get(gateway.uri("/cache-stats"), "x-api-key", key);
    assertThat(answer.status()).isEqualTo(200);
    return answer.json();
  }
}
