package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every relayed answer tells what is left of the key's limits, as the API that was called does. */
class RateLimitHeadersTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String BODY = "{\"max_tokens\":50,\"messages\":[]}";
  private static final String PLAIN = "x-api-key: pk_user_plain";
  private static final String LIMITED = "x-api-key: pk_user_limited";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private FakeUpstream upstream;

  @SuppressWarnings("NullAway.Init")
  private RunningGateway gateway;

  @BeforeEach
  void start() throws IOException {
    KeyFiles.in(folder)
        .write(
            KeyFiles.key("pk_user_plain").limit(1_000),
            KeyFiles.key("pk_user_limited").limit(1_000).requestsPerMinute(3));
    upstream = FakeUpstream.start();
    gateway = RunningGateway.start(folder, upstream, Map.of());
  }

  @AfterEach
  void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  private RawResponse call(String path, String key) throws IOException {
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      return client.request("POST", path, BODY, key).readResponse();
    }
  }

  @Test
  void openAi_limitRemainingAndADuration() throws Exception {
    upstream.then(Answers.chatCompletion(200, 100));
    call(CHAT, PLAIN);
    upstream.then(Answers.chatCompletion(1, 1));
    RawResponse answer = call(CHAT, PLAIN);
    assertThat(answer.header("x-ratelimit-limit-tokens")).isEqualTo("1000");
    // 300 are used, and this call has reserved its maximum and what its body may be.
    assertThat(Long.parseLong(answer.header("x-ratelimit-remaining-tokens"))).isBetween(600L, 660L);
    assertThat(answer.header("x-ratelimit-reset-tokens")).matches("(5h[01]|4h59)m\\d+s");
    assertThat(answer.head().has("x-ratelimit-limit-requests")).isFalse();
    assertThat(answer.head().has("anthropic-ratelimit-tokens-limit")).isFalse();
  }

  @Test
  void anthropic_limitRemainingAndAnInstant() throws Exception {
    upstream.then(Answers.message(200, 100));
    RawResponse answer = call("/v1/messages", PLAIN);
    assertThat(answer.header("anthropic-ratelimit-tokens-limit")).isEqualTo("1000");
    assertThat(Long.parseLong(answer.header("anthropic-ratelimit-tokens-remaining")))
        .isBetween(900L, 960L);
    assertThat(Instant.parse(answer.header("anthropic-ratelimit-tokens-reset")))
        .isBetween(
            Instant.now().plus(Duration.ofMinutes(299)),
            Instant.now().plus(Duration.ofMinutes(302)));
    assertThat(answer.head().has("x-ratelimit-limit-tokens")).isFalse();
  }

  @Test
  void requestsPerMinute_areToldToo_alsoWithAnErrorOfTheUpstream() throws Exception {
    upstream.then(Answers.json(500, "{}"));
    RawResponse first = call(CHAT, LIMITED);
    assertThat(first.status()).isEqualTo(500);
    assertThat(first.header("x-ratelimit-limit-requests")).isEqualTo("3");
    assertThat(first.header("x-ratelimit-remaining-requests")).isEqualTo("2");
    assertThat(first.header("x-ratelimit-reset-requests")).matches("1m[0-2]s|59s");
    upstream.then(Answers.message(1, 1));
    RawResponse second = call("/v1/messages", LIMITED);
    assertThat(second.header("anthropic-ratelimit-requests-limit")).isEqualTo("3");
    assertThat(second.header("anthropic-ratelimit-requests-remaining")).isEqualTo("1");
    assertThat(Instant.parse(second.header("anthropic-ratelimit-requests-reset")))
        .isAfter(Instant.now().plusSeconds(50));
  }

  @Test
  void limitsOfTheUpstream_areNotTakenForTheGateways() throws Exception {
    upstream.then(
        Answers.json(
            200, Answers.chatCompletionBody(1, 1), "x-ratelimit-remaining-tokens: 999999"));
    RawResponse answer = call(CHAT, PLAIN);
    assertThat(answer.head().all("x-ratelimit-remaining-tokens"))
        .singleElement()
        .isNotEqualTo("999999");
    assertThat(answer.header("x-upstream-x-ratelimit-remaining-tokens")).isEqualTo("999999");
  }
}
