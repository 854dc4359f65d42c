package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tokens that an answer tells its client, whichever format it has: {@code usage} of the body,
 * of a stream's events or of the message in them; of a member that comes more than once the most.
 */
final class ReceivedTokens {
  private static final List<String> MEMBERS =
      List.of(
          "prompt_tokens",
          "completion_tokens",
          "input_tokens",
          "cache_creation_input_tokens",
          "cache_read_input_tokens",
          "output_tokens");

  private ReceivedTokens() {}

  static long of(Answer answer) {
    Map<String, Long> most = new TreeMap<>();
    for (JsonNode document : documents(answer.text())) {
      for (JsonNode usage : List.of(document.path("usage"), document.at("/message/usage"))) {
        for (String member : MEMBERS) {
          most.merge(member, usage.path(member).asLong(0), Math::max);
        }
      }
    }
    return most.values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<JsonNode> documents(String text) {
    if (text.startsWith("{")) {
      return List.of(JsonMapper.shared().readTree(text));
    }
    List<JsonNode> events = new ArrayList<>();
    text.lines()
        .filter(line -> line.startsWith("data: {"))
        .forEach(line -> events.add(JsonMapper.shared().readTree(line.substring(6))));
    return events;
  }
}
