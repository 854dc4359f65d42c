package dev.tallygate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the SDKs do not show: credentials, errors of Z.AI's kind, dialects, broken streams. */
class SimulatedUpstreamTest {
  private static final String CHAT =
      """
      {"model":"m","messages":[{"role":"user","content":"words=3"}]}\
      """;
  private static final String[] BEARER = {"authorization", "Bearer master"};

  private SimulatedUpstream upstream = start(Behaviour.PROMPT);

  private static SimulatedUpstream start(Behaviour behaviour) {
    try {
      return SimulatedUpstream.start(0, Set.of("master", "own"), behaviour, Ticker.system());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    upstream.close();
  }

  @Test
  void credentials_anyAcceptedOne_isGood() throws Exception {
    assertThat(Http.post(chat(), CHAT, "authorization", "Bearer own").status()).isEqualTo(200);
  }

  @Test
  void credentials_strangeOneBesideAGoodOne_isRefused() throws Exception {
    Http.Response response =
        Http.post(chat(), CHAT, "authorization", "Bearer master", "x-api-key", "tg_leaked");
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.json().path("error").path("code").asString()).isEqualTo("invalid_api_key");
  }

  @Test
  void credentials_apiKeyHeaderOnOpenAiPaths_isRefused() throws Exception {
    assertThat(Http.post(chat(), CHAT, "x-api-key", "master").status()).isEqualTo(401);
  }

  @Test
  void messages_withoutVersion_areRefused() throws Exception {
    Http.Response response = Http.post(messages(), CHAT, "x-api-key", "master");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).contains("anthropic-version");
  }

  @Test
  void errorHeader_asksForAnErrorOfZai() throws Exception {
    Http.Response response =
        Http.post(
            chat(), CHAT, "authorization", "Bearer master", "x-simulate-error", "error-zai-1308");
    assertThat(response.status()).isEqualTo(429);
    assertThat(response.json().path("error").path("code").isString()).isTrue();
    assertThat(response.json().path("error").path("message").asString())
        .matches("Usage limit reached .* reset at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d");
    assertThat(response.header("retry-after")).isEmpty();
    assertThat(upstream.served().refused()).isEqualTo(1);
  }

  @Test
  void badRequests_areAnsweredInTheVendorsShape() throws Exception {
    assertThat(Http.post(chat(), "{", BEARER).status()).isEqualTo(400);
    assertThat(Http.post(chat(), "[]", BEARER).status()).isEqualTo(400);
    assertThat(Http.post(chat(), "", BEARER).status()).isEqualTo(400);
    assertThat(Http.post(chat(), "{\"model\":\"m\"}", BEARER).status()).isEqualTo(400);
    assertThat(Http.get(chat(), BEARER).status()).isEqualTo(405);
    assertThat(Http.post(upstream.openAiBase().resolve("/x"), CHAT, BEARER).status())
        .isEqualTo(404);
    assertThat(upstream.served().total()).isEqualTo(Served.Tokens.NONE);
  }

  @Test
  void usageAtEnd_isZeroInMessageStart() throws Exception {
    upstream.close();
    upstream = start(Behaviour.PROMPT.withUsageAtEnd());
    String stream =
        Http.post(
                messages(),
                CHAT.replace("{\"model\"", "{\"stream\":true,\"model\""),
                "x-api-key",
                "master",
                "anthropic-version",
                "2023-06-01")
            .body();
    String start =
        stream.lines().filter(line -> line.contains("message_start\"")).findFirst().get();
    String end = stream.lines().filter(line -> line.contains("message_delta\"")).findFirst().get();
    assertThat(start).contains("\"input_tokens\":0", "\"output_tokens\":0");
    assertThat(end)
        .contains("\"input_tokens\":" + upstream.served().total().input(), "\"output_tokens\":3");
  }

  @Test
  void cacheAndReasoning_arePartsOfTheWhole() throws Exception {
    String body =
        """
        {"model":"m","reasoning_effort":"high","messages":[{"role":"user","content":"%s words=3"}]}\
        """
            .formatted("long ".repeat(200));
    var usage = Http.post(chat(), body, BEARER).json().path("usage");
    assertThat(usage.path("prompt_tokens_details").path("cached_tokens").asInt()).isEqualTo(128);
    assertThat(usage.path("completion_tokens_details").path("reasoning_tokens").asInt())
        .isEqualTo(11);
    assertThat(usage.path("completion_tokens").asInt()).isEqualTo(14);
    Served.Tokens served = upstream.served().of("m");
    assertThat(usage.path("total_tokens").asLong()).isEqualTo(served.charged());
    assertThat(usage.path("prompt_tokens").asLong()).isEqualTo(served.input());
  }

  @Test
  void clientThatLeaves_isCountedAsAbandonedAndNotAsServed() throws Exception {
    upstream.close();
    upstream = start(Behaviour.PROMPT.withEventDelay(Duration.ofMillis(2)));
    try (RawClient client = RawClient.connect(upstream.openAiBase())) {
      client.request("POST", chat().getPath(), streamOf(100_000), "Authorization: Bearer master");
      client.readHead();
      client.readUntil("answer");
      client.closeAbruptly();
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> upstream.served().abandoned() == 1);
    assertThat(upstream.served().total()).isEqualTo(Served.Tokens.NONE);
  }

  @Test
  void close_breaksStreamsOffRatherThanEndingThem() throws Exception {
    upstream.close();
    upstream = start(Behaviour.PROMPT.withEventDelay(Duration.ofMillis(2)));
    try (RawClient client = RawClient.connect(upstream.openAiBase())) {
      client.request("POST", chat().getPath(), streamOf(100_000), "Authorization: Bearer master");
      client.readHead();
      client.readUntil("answer");
      upstream.close();
      RawResponse response = client.rest();
      assertThat(response.whole()).isFalse();
      assertThat(response.text()).doesNotContain("[DONE]");
    }
  }

  @Test
  void concurrentCalls_areAllCounted() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Stream<Callable<Http.Response>> calls =
          IntStream.range(0, 100).mapToObj(i -> () -> Http.post(chat(), CHAT, BEARER));
      for (var call : threads.invokeAll(calls.toList())) {
        assertThat(call.get().status()).isEqualTo(200);
      }
    }
    assertThat(upstream.served().of("m").calls()).isEqualTo(100);
    assertThat(upstream.served().of("m").output()).isEqualTo(300);
  }

  private static String streamOf(int words) {
    return """
    {"model":"m","stream":true,"messages":[{"role":"user","content":"words=%d"}]}\
    """
        .formatted(words);
  }

  private URI chat() {
    return URI.create(upstream.openAiBase() + "/chat/completions");
  }

  private URI messages() {
    return URI.create(upstream.anthropicBase() + "/v1/messages");
  }
}
