package dev.tallygate.demo;

import dev.tallygate.model.TokenUsage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a simulated model says to a {@link Prompt}; the same prompt always gets the same answer and
 * the same token counts.
 *
 * @param words the text, one token each; empty when a tool is called
 * @param thoughts the reasoning, one token each; empty unless asked for
 * @param call the tool call, or null
 * @param truncated whether the caller's bound on the output cut it short
 * @param usage input by {@link Prompt#inputTokens()}, of which half of every full 128 come from the
 *     prompt cache and, when the caller marks parts for it, half of the others go into it
 */
record Answer(
    List<String> words,
    List<String> thoughts,
    @Nullable ToolCall call,
    boolean truncated,
    TokenUsage usage) {

  /** A call of a tool on offer. */
  record ToolCall(String name, String arguments) {}

  private static final Pattern WORDS_WANTED = Pattern.compile("words=(\\d{1,6})");
  private static final int DEFAULT_WORDS = 18;
  private static final int CALL_OVERHEAD_TOKENS = 8;
  // Some words need more than one byte a character, so that splitting inside one is exercised.
  private static final String[] VOCABULARY = {
    "This",
    "answer",
    "comes",
    "from",
    "a",
    "simulated",
    "model:",
    "no",
    "account,",
    "no",
    "network,",
    "no",
    "bill;",
    "naïve",
    "but",
    "punctual",
    "–",
    "and",
    "every",
    "token",
    "is",
    "counted",
    "✓",
    "🙂"
  };
  private static final List<String> THOUGHTS =
      List.of("The", " user", " wants", " an", " answer", ";", " let", " me", " give", " one", ".");

  static Answer to(Prompt prompt) {
    List<String> thoughts =
        prompt.reasoning()
            ? THOUGHTS.subList(0, Math.min(THOUGHTS.size(), prompt.maxTokens() - 1))
            : List.of();
    Prompt.Tool tool = prompt.tool();
    if (tool != null && callsTool(prompt)) {
      ToolCall call = new ToolCall(tool.name(), arguments(tool.schema()).toString());
      int tokens =
          CALL_OVERHEAD_TOKENS + call.arguments().getBytes(StandardCharsets.UTF_8).length / 4;
      return new Answer(List.of(), thoughts, call, false, usage(prompt, thoughts.size() + tokens));
    }
    List<String> words = words(prompt);
    int room = prompt.maxTokens() - thoughts.size();
    boolean truncated = words.size() > room;
    List<String> said = truncated ? List.copyOf(words.subList(0, room)) : words;
    return new Answer(
        said, thoughts, null, truncated, usage(prompt, thoughts.size() + said.size()));
  }

  /** The counts of a call that only reads, such as an embedding. */
  static TokenUsage inputOnly(Prompt prompt) {
    return new TokenUsage(prompt.inputTokens(), 0, 0, 0);
  }

  String text() {
    return String.join("", words);
  }

  private static boolean callsTool(Prompt prompt) {
    return switch (prompt.toolChoice()) {
      case "none" -> false;
      case "required" -> true;
      default -> prompt.lastUserText().contains(SimulatedUpstream.TOOL_TRIGGER);
    };
  }

  private static List<String> words(Prompt prompt) {
    List<String> words = new ArrayList<>();
    if (prompt.toolResult() != null) {
      words.add("The");
      words.add(" tool");
      words.add(" says:");
      words.add(" " + prompt.toolResult());
      return words;
    }
    Matcher wanted = WORDS_WANTED.matcher(prompt.lastUserText());
    int count =
        wanted.find()
            ? Integer.parseInt(wanted.group(1))
            : DEFAULT_WORDS + prompt.inputTokens() % 7;
    for (int i = 0; i < count; i++) {
      words.add((i == 0 ? "" : " ") + VOCABULARY[i % VOCABULARY.length]);
    }
    return words;
  }

  private static ObjectNode arguments(JsonNode schema) {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      switch (property.getValue().path("type").asString("string")) {
        case "integer", "number" -> arguments.put(property.getKey(), 7);
        case "boolean" -> arguments.put(property.getKey(), true);
        case "string" -> arguments.put(property.getKey(), "Zürich");
        default -> arguments.putNull(property.getKey());
      }
    }
    return arguments;
  }

  private static TokenUsage usage(Prompt prompt, int output) {
    int input = prompt.inputTokens();
    int cached = input / 128 * 64;
    int written = prompt.cacheWanted() ? (input - cached) / 2 : 0;
    return new TokenUsage(input, cached, written, output);
  }
}
