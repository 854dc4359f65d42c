package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.anthropic.client.AnthropicClient;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway's own errors as the official SDKs see them, and how often they then come back. */
@Tag("transport")
class SdkErrorsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODEL = "glm-4.7";
  private static final String KEY = "pk_good_0000";
  private static final String EXPIRED = "pk_expired_0001";
  private static final String DISABLED = "pk_disabled_0002";
  private static final String SPENT = "pk_spent_0003";
  private static final String LISTED = "pk_listed_0004";
  private static final String BUSY = "pk_busy_0005";

  @TempDir Path folder;
  private FakeUpstream upstream;
  private RunningGateway gateway;
  private SdkClients clients;
  private int looks;

  @BeforeEach
  void start() throws IOException {
    KeyFiles.in(folder)
        .write(
            KeyFiles.key(KEY),
            KeyFiles.key(EXPIRED).expires(Instant.parse("2026-01-01T00:00:00Z")),
            KeyFiles.key(DISABLED).disabled(),
            KeyFiles.key(SPENT).limit(42),
            KeyFiles.key(LISTED).models("glm-4.5-air", "glm-4.5-flash"),
            KeyFiles.key(BUSY).maxConcurrent(1));
    upstream = FakeUpstream.start();
    gateway = RunningGateway.start(folder, upstream, Map.of("DEFAULT_MODEL", "*"));
    clients = new SdkClients(gateway.uri("/"));
  }

  @AfterEach
  void stop() throws Exception {
    clients.close();
    gateway.close();
    upstream.close();
  }

  @Test
  void unknownKey_isUnauthorized_andNotRetried() {
    assertThatExceptionOfType(com.openai.errors.UnauthorizedException.class)
        .isThrownBy(() -> chat(clients.retryingOpenAi("pk_nobody")))
        .satisfies(e -> assertThat(e.code()).contains("invalid_api_key"))
        .withMessageContaining("not known here");
    assertThatExceptionOfType(com.anthropic.errors.UnauthorizedException.class)
        .isThrownBy(() -> message(clients.retryingAnthropic("pk_nobody")))
        .satisfies(e -> assertThat(type(e)).isEqualTo("authentication_error"))
        // Claude Code would ask again and again
        .satisfies(e -> assertThat(e.headers().values("x-should-retry")).containsExactly("false"))
        .withMessageContaining("not known here");
    assertThat(clients.pauses()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({EXPIRED + ", key_expired", DISABLED + ", key_disabled"})
  void expiredOrDisabledKey_isPermissionDenied_andNotRetried(String key, String code) {
    assertThatExceptionOfType(com.openai.errors.PermissionDeniedException.class)
        .isThrownBy(() -> chat(clients.retryingOpenAi(key)))
        .satisfies(e -> assertThat(e.code()).contains(code))
        .satisfies(e -> assertThat(e.type()).contains("permission_error"));
    assertThatExceptionOfType(com.anthropic.errors.PermissionDeniedException.class)
        .isThrownBy(() -> message(clients.retryingAnthropic(key)))
        .satisfies(e -> assertThat(type(e)).isEqualTo("permission_error"));
    assertThat(clients.pauses()).isEmpty();
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void modelNotAllowed_isPermissionDenied() {
    assertThatExceptionOfType(com.openai.errors.PermissionDeniedException.class)
        .isThrownBy(() -> chat(clients.openAi(LISTED)))
        .satisfies(e -> assertThat(e.code()).contains("model_not_allowed"))
        .withMessageContaining("glm-4.5-air, glm-4.5-flash");
    assertThatExceptionOfType(com.anthropic.errors.PermissionDeniedException.class)
        .isThrownBy(() -> message(clients.anthropic(LISTED)))
        .satisfies(e -> assertThat(type(e)).isEqualTo("permission_error"))
        .withMessageContaining("glm-4.5-air, glm-4.5-flash");
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void spentQuota_isRateLimit_openAiAsksOnce() throws Exception {
    spend();
    long before = callsByThisKey();
    var refused =
        catchThrowableOfType(
            com.openai.errors.RateLimitException.class, () -> chat(clients.retryingOpenAi(SPENT)));
    assertThat(callsByThisKey() - before).isEqualTo(1);
    assertThat(clients.pauses()).isEmpty();
    assertThat(refused.code()).contains("rate_limit_exceeded");
    JsonNode body = JSON.valueToTree(refused.body().convert(Map.class));
    assertThat(body.path("tokens_used").asInt(-1)).isEqualTo(42);
    assertThat(body.path("tokens_limit").asInt(-1)).isEqualTo(42);
    Instant end = Instant.parse(body.path("window_ends_at").asString(""));
    assertThat(end).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(refused.headers().values("x-should-retry")).containsExactly("false");
    assertThat(Integer.parseInt(refused.headers().values("retry-after").getFirst()))
        .isBetween(4 * 3600, 5 * 3600 + 60);
  }

  @Test
  void spentQuota_isRateLimit_anthropicAsksOnce() throws Exception {
    spend();
    long before = callsByThisKey();
    assertThatExceptionOfType(com.anthropic.errors.RateLimitException.class)
        .isThrownBy(() -> message(clients.retryingAnthropic(SPENT)))
        .satisfies(e -> assertThat(type(e)).isEqualTo("rate_limit_error"))
        .satisfies(e -> assertThat(e.headers().values("x-should-retry")).containsExactly("false"))
        .satisfies(e -> assertThat(error(e).path("tokens_used").asInt(-1)).isEqualTo(42))
        .withMessageContaining("no tokens left for this call");
    assertThat(callsByThisKey() - before).isEqualTo(1);
    assertThat(clients.pauses()).isEmpty();
  }

  @Test
  void concurrencyLimit_isWaitedOutAsTold() throws Exception {
    upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.chatCompletion(1, 1));
    });
    Thread first = Thread.startVirtualThread(() -> chat(clients.openAi(BUSY)));
    upstream.awaitRequests(1);
    assertThatExceptionOfType(com.openai.errors.RateLimitException.class)
        .isThrownBy(() -> chat(clients.retryingOpenAi(BUSY)))
        .withMessageContaining("as many calls running as it may");
    assertThatExceptionOfType(com.anthropic.errors.RateLimitException.class)
        .isThrownBy(() -> message(clients.retryingAnthropic(BUSY)));
    assertThat(clients.pauses())
        .hasSize(4)
        .allSatisfy(pause -> assertThat(pause).isGreaterThanOrEqualTo(Duration.ofSeconds(1)));
    assertThat(upstream.requests()).hasSize(1);
    upstream.release();
    assertThat(first.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void wrongBaseUrl_isNotFound() {
    OpenAIClient withoutV1 =
        clients.openAi(KEY).withOptions(it -> it.baseUrl(gateway.uri("").toString()));
    assertThatThrownBy(() -> chat(withoutV1))
        .isInstanceOf(com.openai.errors.NotFoundException.class)
        .hasMessageContaining("<gateway>/v1 as base URL");
    AnthropicClient elsewhere =
        clients.anthropic(KEY).withOptions(it -> it.baseUrl(gateway.uri("/api").toString()));
    assertThatThrownBy(() -> message(elsewhere))
        .isInstanceOf(com.anthropic.errors.NotFoundException.class)
        .hasMessageContaining("GET / lists");
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void twoModels_isBadRequest() {
    assertThatExceptionOfType(com.openai.errors.BadRequestException.class)
        .isThrownBy(() ->
            clients
                .openAi(KEY)
                .chat()
                .completions()
                .create(
                    chatParams()
                        .putAdditionalBodyProperty("model", JsonValue.from("another"))
                        .build()))
        .satisfies(e -> assertThat(e.code()).contains("invalid_body"));
    assertThatExceptionOfType(com.anthropic.errors.BadRequestException.class)
        .isThrownBy(() ->
            clients
                .anthropic(KEY)
                .messages()
                .create(
                    messageParams()
                        .putAdditionalBodyProperty(
                            "model", com.anthropic.core.JsonValue.from("another"))
                        .build()))
        .satisfies(e -> assertThat(type(e)).isEqualTo("invalid_request_error"));
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void noModel_isBadRequest() {
    assertThatExceptionOfType(com.openai.errors.BadRequestException.class)
        .isThrownBy(() -> chat(clients.openAi(KEY), ""))
        .satisfies(e -> assertThat(e.code()).contains("missing_model"));
    assertThat(upstream.requests()).isEmpty();
  }

  @Test
  void upstreamDown_is502_andRetriedAsTheSdksDo() throws Exception {
    upstream.close();
    assertThatExceptionOfType(com.openai.errors.InternalServerException.class)
        .isThrownBy(() -> chat(clients.retryingOpenAi(KEY)))
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(502))
        .satisfies(e -> assertThat(e.code()).contains("upstream_unreachable"));
    assertThatExceptionOfType(AnthropicServiceException.class)
        .isThrownBy(() -> message(clients.retryingAnthropic(KEY)))
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(502))
        .satisfies(e -> assertThat(type(e)).isEqualTo("api_error"));
    assertThat(clients.pauses()).hasSize(4);
  }

  @Test
  void masterKeyRefused_isNotTakenForTheUsersKey() {
    upstream.always(Answers.json(401, "{\"error\":{\"message\":\"bad key\"}}"));
    assertThatExceptionOfType(com.openai.errors.InternalServerException.class)
        .isThrownBy(() -> chat(clients.openAi(KEY)))
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(502))
        .withMessageContaining("your key is fine");
    assertThatExceptionOfType(AnthropicServiceException.class)
        .isThrownBy(() -> message(clients.anthropic(KEY)))
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(502))
        .withMessageContaining("your key is fine");
  }

  @Test
  void upstreamBreaksWithinAStream_isAnError_notAShortAnswer() {
    List<String> chat = Answers.chatEvents(4, 9, 4);
    upstream.then(connection -> breakAfter(connection, chat.subList(0, 3)));
    List<Object> seen = new ArrayList<>();
    assertThatExceptionOfType(OpenAIServiceException.class)
        .isThrownBy(() -> {
          try (var stream =
              clients.openAi(KEY).chat().completions().createStreaming(chatParams().build())) {
            stream.stream().forEach(seen::add);
          }
        })
        .withMessageContaining("without a complete answer");
    assertThat(seen).hasSize(3);

    List<String> message = Answers.messageEvents(4, 9, 4);
    upstream.then(connection -> breakAfter(connection, message.subList(0, 5)));
    assertThatExceptionOfType(AnthropicServiceException.class)
        .isThrownBy(() -> {
          try (var stream =
              clients.anthropic(KEY).messages().createStreaming(messageParams().build())) {
            stream.stream().forEach(seen::add);
          }
        })
        .withMessageContaining("without a complete answer");
    assertThat(seen).hasSizeGreaterThan(3);
  }

  private static void breakAfter(UpstreamConnection connection, List<String> events)
      throws IOException {
    connection.send(Answers.streamHead());
    for (String event : events) {
      connection.sendChunk(event);
    }
    connection.close();
  }

  /** Uses up the small key's quota; its window is then shut for hours. */
  private void spend() {
    upstream.then(Answers.chatCompletion(12, 30));
    chat(clients.openAi(SPENT));
  }

  /** Counted by the key cache, which every call asks once; this look is not counted. */
  private long callsByThisKey() throws Exception {
    var stats = Http.get(gateway.uri("/cache-stats"), "x-api-key", KEY).json();
    looks++;
    return stats.path("hits").asLong() + stats.path("misses").asLong() - looks;
  }

  private static ChatCompletion chat(OpenAIClient client) {
    return chat(client, MODEL);
  }

  private static ChatCompletion chat(OpenAIClient client, String model) {
    return client.chat().completions().create(chatParams().model(model).build());
  }

  private static ChatCompletionCreateParams.Builder chatParams() {
    return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage("Hello");
  }

  private static Message message(AnthropicClient client) {
    return client.messages().create(messageParams().build());
  }

  private static MessageCreateParams.Builder messageParams() {
    return MessageCreateParams.builder().model(MODEL).maxTokens(64).addUserMessage("Hello");
  }

  private static String type(AnthropicServiceException e) {
    return error(e).path("type").asString("");
  }

  private static JsonNode error(AnthropicServiceException e) {
    JsonNode body = JSON.valueToTree(e.body().convert(Map.class));
    return body.path("error");
  }
}
