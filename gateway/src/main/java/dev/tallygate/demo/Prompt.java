package dev.tallygate.demo;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a simulated model sees of a request, whichever format it came in.
 *
 * @param inputTokens a quarter of the text's UTF-8 bytes, and a few for each message
 * @param lastUserText the text of the last message, empty unless it is the user's
 * @param toolResult the result that the last message brings back for an earlier tool call, or null
 * @param tool the first tool on offer, or null
 * @param toolChoice {@code auto}, {@code none}, or {@code required}
 * @param maxTokens the caller's bound on the output; {@link Integer#MAX_VALUE} without one
 * @param cacheWanted whether the caller marks parts for the prompt cache
 */
record Prompt(
    String model,
    int inputTokens,
    String lastUserText,
    @Nullable String toolResult,
    @Nullable Tool tool,
    String toolChoice,
    int maxTokens,
    boolean stream,
    boolean includeUsage,
    boolean reasoning,
    boolean cacheWanted) {

  /** A function on offer: its name and the JSON schema of its arguments. */
  record Tool(String name, JsonNode schema) {}

  /** The members that carry what a model reads, over all formats. */
  private static final List<String> READ =
      List.of("messages", "system", "input", "instructions", "prompt", "tools");

  static Prompt of(JsonNode body) {
    long bytes = 0;
    for (String member : READ) {
      bytes += textBytes(body.path(member));
    }
    JsonNode turns = body.has("messages") ? body.path("messages") : body.path("input");
    JsonNode last = turns.isArray() && !turns.isEmpty() ? turns.get(turns.size() - 1) : turns;
    String toolResult = toolResult(last);
    return new Prompt(
        body.path("model").asString(""),
        (int) (3 + 4 * Math.max(1, turns.isArray() ? turns.size() : 1) + (bytes + 3) / 4),
        toolResult == null ? userText(body, last) : "",
        toolResult,
        tool(body.path("tools").path(0)),
        toolChoice(body.path("tool_choice")),
        maxTokens(body),
        body.path("stream").asBoolean(false),
        body.path("stream_options").path("include_usage").asBoolean(false),
        reasoning(body),
        body.toString().contains("\"cache_control\":{"));
  }

  private static long textBytes(JsonNode node) {
    if (node.isString()) {
      return node.stringValue().getBytes(StandardCharsets.UTF_8).length;
    }
    long sum = 0;
    for (JsonNode child : node) {
      sum += textBytes(child);
    }
    return sum;
  }

  private static String userText(JsonNode body, JsonNode last) {
    if (last.isString()) {
      return last.stringValue();
    }
    if (last.path("role").asString("").equals("user")) {
      return text(last.path("content"));
    }
    return text(body.path("prompt"));
  }

  /** A string, or the text of the parts of an array. */
  private static String text(JsonNode content) {
    if (content.isString()) {
      return content.stringValue();
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode part : content) {
      text.append(part.isString() ? part.stringValue() : part.path("text").asString(""));
    }
    return text.toString();
  }

  private static @Nullable String toolResult(JsonNode last) {
    if (last.path("role").asString("").equals("tool")) {
      return text(last.path("content"));
    }
    if (last.path("type").asString("").equals("function_call_output")) {
      return text(last.path("output"));
    }
    JsonNode content = last.path("content");
    if (content.isArray()) {
      for (JsonNode part : content) {
        if (part.path("type").asString("").equals("tool_result")) {
          return text(part.path("content"));
        }
      }
    }
    return null;
  }

  private static @Nullable Tool tool(JsonNode tool) {
    JsonNode function = tool.has("function") ? tool.path("function") : tool;
    String name = function.path("name").asString("");
    if (name.isEmpty()) {
      return null;
    }
    JsonNode schema =
        function.has("input_schema") ? function.path("input_schema") : function.path("parameters");
    return new Tool(name, schema);
  }

  private static String toolChoice(JsonNode choice) {
    String word = choice.isString() ? choice.stringValue() : choice.path("type").asString("auto");
    return switch (word) {
      case "auto", "none" -> word;
      default -> "required";
    };
  }

  private static int maxTokens(JsonNode body) {
    for (String member : List.of("max_completion_tokens", "max_output_tokens", "max_tokens")) {
      if (body.path(member).isNumber()) {
        return Math.max(1, body.path(member).asInt());
      }
    }
    return Integer.MAX_VALUE;
  }

  private static boolean reasoning(JsonNode body) {
    String thinking = body.path("thinking").path("type").asString("disabled");
    return !thinking.equals("disabled")
        || !body.path("reasoning_effort").asString("none").equals("none")
        || !body.path("reasoning").path("effort").asString("none").equals("none");
  }
}
