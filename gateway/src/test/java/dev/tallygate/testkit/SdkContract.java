package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.StopReason;
import com.openai.client.OpenAIClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import dev.tallygate.demo.Served;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the official SDKs must get, from a simulated upstream directly and through a gateway alike.
 *
 * <p>Through a gateway the key must leave the model to the client, since some models stand for
 * errors. The clients must not retry.
 */
public abstract class SdkContract {
  private static final String MODEL = "glm-4.7";
  private static final Map<String, Object> CITY_SCHEMA =
      Map.of("type", "object", "properties", Map.of("city", Map.of("type", "string")));

  /** A client of the OpenAI paths that presents {@code key}; no retries. */
  protected abstract OpenAIClient openAi(String key);

  /** A client of the Anthropic paths that presents {@code key}; no retries. */
  protected abstract AnthropicClient anthropic(String key);

  /** A key that is good on both. */
  protected abstract String key();

  /** What the simulated upstream behind it served. */
  protected abstract Served served();

  @Test
  protected void chat_plain() {
    Served.Tokens before = served().of(MODEL);
    ChatCompletion answer = openAi(key()).chat().completions().create(chat("Hello").build());
    assertThat(answer.choices().getFirst().message().content().orElseThrow()).contains("simulated");
    assertThat(answer.model()).isEqualTo(MODEL);
    var usage = answer.usage().orElseThrow();
    assertServed(before, usage.promptTokens(), usage.completionTokens());
  }

  @Test
  protected void chat_streamedWithUsage() {
    Served.Tokens before = served().of(MODEL);
    ChatCompletionCreateParams params =
        chat("Please stream words=40")
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    List<ChatCompletionChunk> chunks = new ArrayList<>();
    try (var stream = openAi(key()).chat().completions().createStreaming(params)) {
      stream.stream().map(whole::accumulate).forEach(chunks::add);
    }
    assertThat(whole.chatCompletion().choices().getFirst().message().content().orElseThrow())
        .startsWith("This answer comes")
        .contains("naïve", "🙂");
    assertThat(chunks.getLast().choices()).isEmpty();
    var usage = chunks.getLast().usage().orElseThrow();
    assertThat(usage.completionTokens()).isEqualTo(40);
    assertServed(before, usage.promptTokens(), 40);
  }

  @Test
  protected void chat_streamedWithoutUsage() {
    Served.Tokens before = served().of(MODEL);
    try (var stream =
        openAi(key()).chat().completions().createStreaming(chat("Hello words=5").build())) {
      List<ChatCompletionChunk> chunks = stream.stream().toList();
      assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.usage()).isEmpty());
      assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.choices()).hasSize(1));
    }
    assertThat(served().of(MODEL).minus(before).output()).isEqualTo(5);
  }

  @Test
  protected void chat_toolCall() {
    ChatCompletionCreateParams params = chat("How is the weather?").addTool(chatTool()).build();
    var message = openAi(key()).chat().completions().create(params).choices().getFirst().message();
    var call = message.toolCalls().orElseThrow().getFirst().asFunction().function();
    assertThat(call.name()).isEqualTo("city_weather");
    assertThat(call.arguments()).isEqualTo("{\"city\":\"Zürich\"}");
  }

  @Test
  protected void chat_toolCallStreamed() {
    ChatCompletionCreateParams params = chat("How is the weather?").addTool(chatTool()).build();
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    try (var stream = openAi(key()).chat().completions().createStreaming(params)) {
      stream.stream().forEach(whole::accumulate);
    }
    var choice = whole.chatCompletion().choices().getFirst();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    var call = choice.message().toolCalls().orElseThrow().getFirst().asFunction().function();
    assertThat(call.arguments()).isEqualTo("{\"city\":\"Zürich\"}");
  }

  @Test
  protected void completions_plain() {
    Served.Tokens before = served().of(MODEL);
    var answer =
        openAi(key())
            .completions()
            .create(CompletionCreateParams.builder().model(MODEL).prompt("Once upon").build());
    assertThat(answer.choices().getFirst().text()).contains("simulated");
    var usage = answer.usage().orElseThrow();
    assertServed(before, usage.promptTokens(), usage.completionTokens());
  }

  @Test
  protected void responses_plain() {
    Served.Tokens before = served().of(MODEL);
    Response answer =
        openAi(key())
            .responses()
            .create(ResponseCreateParams.builder().model(MODEL).input("Hello").build());
    assertThat(answer.output().getFirst().asMessage().content().getFirst().asOutputText().text())
        .contains("simulated");
    var usage = answer.usage().orElseThrow();
    assertServed(before, usage.inputTokens(), usage.outputTokens());
  }

  @Test
  protected void responses_streamed() {
    Served.Tokens before = served().of(MODEL);
    ResponseAccumulator whole = ResponseAccumulator.create();
    List<ResponseStreamEvent> events = new ArrayList<>();
    try (var stream =
        openAi(key())
            .responses()
            .createStreaming(
                ResponseCreateParams.builder().model(MODEL).input("Hello words=12").build())) {
      stream.stream().map(whole::accumulate).forEach(events::add);
    }
    assertThat(events.getFirst().isCreated()).isTrue();
    assertThat(events.stream().filter(ResponseStreamEvent::isOutputTextDelta)).hasSize(12);
    assertThat(events.getLast().isCompleted()).isTrue();
    var usage = whole.response().usage().orElseThrow();
    assertThat(usage.outputTokens()).isEqualTo(12);
    assertServed(before, usage.inputTokens(), 12);
  }

  @Test
  protected void responses_cutShort() {
    ResponseCreateParams params =
        ResponseCreateParams.builder().model(MODEL).input("Hello").maxOutputTokens(16).build();
    try (var stream = openAi(key()).responses().createStreaming(params)) {
      var last = stream.stream().toList().getLast();
      assertThat(last.isIncomplete()).isTrue();
      var usage = last.asIncomplete().response().usage().orElseThrow();
      assertThat(usage.outputTokens()).isEqualTo(16);
    }
  }

  @Test
  protected void responses_functionCallStreamed() {
    FunctionTool tool =
        FunctionTool.builder()
            .name("city_weather")
            .strict(false)
            .parameters(
                FunctionTool.Parameters.builder()
                    .putAdditionalProperty("type", com.openai.core.JsonValue.from("object"))
                    .putAdditionalProperty(
                        "properties", com.openai.core.JsonValue.from(CITY_SCHEMA.get("properties")))
                    .build())
            .build();
    ResponseCreateParams params =
        ResponseCreateParams.builder().model(MODEL).input("The weather?").addTool(tool).build();
    ResponseAccumulator whole = ResponseAccumulator.create();
    try (var stream = openAi(key()).responses().createStreaming(params)) {
      stream.stream().forEach(whole::accumulate);
    }
    var call = whole.response().output().getFirst().asFunctionCall();
    assertThat(call.name()).isEqualTo("city_weather");
    assertThat(call.arguments()).isEqualTo("{\"city\":\"Zürich\"}");
  }

  @Test
  protected void embeddings() {
    Served.Tokens before = served().of(MODEL);
    var answer =
        openAi(key())
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(MODEL)
                    .inputOfArrayOfStrings(List.of("one", "two"))
                    .build());
    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().getFirst().embedding()).hasSize(8);
    assertServed(before, answer.usage().promptTokens(), 0);
  }

  @Test
  protected void models_listAndOne() {
    Served before = served();
    assertThat(openAi(key()).models().list().data())
        .anySatisfy(model -> assertThat(model.id()).isEqualTo(MODEL));
    assertThat(openAi(key()).models().retrieve(MODEL).id()).isEqualTo(MODEL);
    assertThat(served().total()).isEqualTo(before.total());
  }

  @Test
  protected void messages_plain() {
    Served.Tokens before = served().of(MODEL);
    Message answer = anthropic(key()).messages().create(message("Hello").build());
    assertThat(answer.content().getFirst().asText().text()).contains("simulated");
    assertThat(answer.stopReason()).contains(StopReason.END_TURN);
    assertServed(before, totalInput(answer), answer.usage().outputTokens());
  }

  @Test
  protected void messages_streamed() {
    Served.Tokens before = served().of(MODEL);
    MessageAccumulator whole = MessageAccumulator.create();
    try (var stream =
        anthropic(key()).messages().createStreaming(message("Hello words=30").build())) {
      stream.stream().forEach(whole::accumulate);
    }
    Message answer = whole.message();
    assertThat(answer.content().getFirst().asText().text()).contains("naïve", "🙂");
    assertThat(answer.usage().outputTokens()).isEqualTo(30);
    assertServed(before, totalInput(answer), 30);
  }

  @Test
  protected void messages_thinkingStreamed() {
    MessageAccumulator whole = MessageAccumulator.create();
    try (var stream =
        anthropic(key())
            .messages()
            .createStreaming(message("Hello").enabledThinking(1024).build())) {
      stream.stream().forEach(whole::accumulate);
    }
    assertThat(whole.message().content().getFirst().asThinking().thinking()).contains("The user");
    assertThat(whole.message().content().getLast().isText()).isTrue();
  }

  @Test
  protected void messages_toolUse() {
    Message answer =
        anthropic(key())
            .messages()
            .create(message("How is the weather?").addTool(messagesTool()).build());
    assertCityTool(answer);
  }

  @Test
  protected void messages_toolUseStreamed() {
    MessageAccumulator whole = MessageAccumulator.create();
    try (var stream =
        anthropic(key())
            .messages()
            .createStreaming(message("How is the weather?").addTool(messagesTool()).build())) {
      stream.stream().forEach(whole::accumulate);
    }
    assertCityTool(whole.message());
  }

  @Test
  protected void messages_countTokens() {
    Served before = served();
    var count =
        anthropic(key())
            .messages()
            .countTokens(
                MessageCountTokensParams.builder().model(MODEL).addUserMessage("Hello").build());
    assertThat(count.inputTokens()).isPositive();
    assertThat(served().total()).isEqualTo(before.total());
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 500, 503})
  protected void openAi_upstreamError(int status) {
    Served before = served();
    assertThatExceptionOfType(OpenAIServiceException.class)
        .isThrownBy(() ->
            openAi(key())
                .chat()
                .completions()
                .create(chat("Hello").model("error-" + status).build()))
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(status))
        .withMessageContaining("Simulated error " + status);
    assertThat(served().total()).isEqualTo(before.total());
    assertThat(served().refused()).isEqualTo(before.refused() + 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 500, 529})
  protected void anthropic_upstreamError(int status) {
    assertThatExceptionOfType(AnthropicServiceException.class)
        .isThrownBy(() ->
            anthropic(key())
                .messages()
                .createStreaming(message("Hello").model("error-" + status).build())
                .close())
        .satisfies(e -> assertThat(e.statusCode()).isEqualTo(status))
        .withMessageContaining("Simulated error " + status);
  }

  @Test
  protected void openAi_rateLimit_saysWhenToComeBack() {
    assertThatExceptionOfType(OpenAIServiceException.class)
        .isThrownBy(() ->
            openAi(key()).chat().completions().create(chat("Hello").model("error-429").build()))
        .satisfies(e -> assertThat(e.headers().values("retry-after")).containsExactly("7"));
  }

  @Test
  protected void wrongKey_isUnauthorizedOnBoth() {
    assertThatThrownBy(() -> openAi("sk-wrong").models().list())
        .isInstanceOf(com.openai.errors.UnauthorizedException.class);
    assertThatThrownBy(() -> anthropic("sk-wrong").messages().create(message("Hello").build()))
        .isInstanceOf(com.anthropic.errors.UnauthorizedException.class)
        .hasMessageContaining("authentication_error");
  }

  private void assertServed(Served.Tokens before, long input, long output) {
    Served.Tokens since = served().of(MODEL).minus(before);
    assertThat(since).isEqualTo(new Served.Tokens(1, input, output));
    assertThat(input).isPositive();
  }

  private static void assertCityTool(Message answer) {
    assertThat(answer.stopReason()).contains(StopReason.TOOL_USE);
    var use = answer.content().getFirst().asToolUse();
    assertThat(use.name()).isEqualTo("city_weather");
    assertThat(use._input()).hasToString("{city=Zürich}");
  }

  private static long totalInput(Message answer) {
    var usage = answer.usage();
    return usage.inputTokens()
        + usage.cacheReadInputTokens().orElse(0L)
        + usage.cacheCreationInputTokens().orElse(0L);
  }

  private static ChatCompletionCreateParams.Builder chat(String text) {
    return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(text);
  }

  private static MessageCreateParams.Builder message(String text) {
    return MessageCreateParams.builder().model(MODEL).maxTokens(2048).addUserMessage(text);
  }

  private static ChatCompletionFunctionTool chatTool() {
    FunctionParameters.Builder parameters = FunctionParameters.builder();
    CITY_SCHEMA.forEach((name, value) ->
        parameters.putAdditionalProperty(name, com.openai.core.JsonValue.from(value)));
    return ChatCompletionFunctionTool.builder()
        .function(
            FunctionDefinition.builder()
                .name("city_weather")
                .parameters(parameters.build())
                .build())
        .build();
  }

  private static com.anthropic.models.messages.Tool messagesTool() {
    return com.anthropic.models.messages.Tool.builder()
        .name("city_weather")
        .inputSchema(
            com.anthropic.models.messages.Tool.InputSchema.builder()
                .properties(
                    com.anthropic.models.messages.Tool.InputSchema.Properties.builder()
                        .putAdditionalProperty(
                            "city", com.anthropic.core.JsonValue.from(Map.of("type", "string")))
                        .build())
                .build())
        .build();
  }
}
