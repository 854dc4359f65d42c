package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;

/**
 * Where each wire format keeps what is of interest. OpenAI: the reference of chat completions,
 * completions, embeddings and responses; Anthropic: the reference of messages and of its streaming.
 */
final class UsagePaths {
  private static final JsonPath OPENAI_ANSWER = JsonPath.root(openAiUsage());
  private static final JsonPath ANTHROPIC_ANSWER = JsonPath.root(anthropicUsage(Field.USAGE));
  private static final JsonPath OPENAI_EVENT =
      JsonPath.root(
          new JsonPath("choices", Field.CHOICES),
          openAiUsage(),
          new JsonPath("type", Field.TYPE),
          new JsonPath("delta", Field.DELTA),
          new JsonPath("response", Field.GROUP, openAiUsage()),
          new JsonPath("error", Field.ERROR));
  private static final JsonPath ANTHROPIC_EVENT =
      JsonPath.root(
          new JsonPath("type", Field.TYPE),
          new JsonPath("delta", Field.DELTA),
          new JsonPath("message", Field.GROUP, anthropicUsage(Field.FIRST_USAGE)),
          anthropicUsage(Field.USAGE),
          new JsonPath("error", Field.ERROR));

  private UsagePaths() {}

  /** The paths within an answer that is one JSON document. */
  static JsonPath answer(ApiFormat format) {
    return format == ApiFormat.ANTHROPIC ? ANTHROPIC_ANSWER : OPENAI_ANSWER;
  }

  /** The paths within the data of one event of a stream. */
  static JsonPath event(ApiFormat format) {
    return format == ApiFormat.ANTHROPIC ? ANTHROPIC_EVENT : OPENAI_EVENT;
  }

  /** Chat completions say prompt and completion, responses say input and output. */
  private static JsonPath openAiUsage() {
    return new JsonPath(
        "usage",
        Field.USAGE,
        new JsonPath("prompt_tokens", Field.INPUT),
        new JsonPath("completion_tokens", Field.OUTPUT),
        new JsonPath("total_tokens", Field.TOTAL),
        new JsonPath("prompt_tokens_details", Field.GROUP, cachedTokens()),
        new JsonPath("input_tokens", Field.INPUT),
        new JsonPath("output_tokens", Field.OUTPUT),
        new JsonPath("input_tokens_details", Field.GROUP, cachedTokens()));
  }

  private static JsonPath cachedTokens() {
    return new JsonPath("cached_tokens", Field.CACHE_READ);
  }

  private static JsonPath anthropicUsage(Field field) {
    return new JsonPath(
        "usage",
        field,
        new JsonPath("input_tokens", Field.INPUT),
        new JsonPath("output_tokens", Field.OUTPUT),
        new JsonPath("cache_read_input_tokens", Field.CACHE_READ),
        new JsonPath("cache_creation_input_tokens", Field.CACHE_WRITTEN));
  }
}
