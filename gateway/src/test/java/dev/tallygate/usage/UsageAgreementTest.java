package dev.tallygate.usage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Random documents, split at random: the extractor agrees with a tree parser. */
class UsageAgreementTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String[] NAMES = {
    "usage",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "prompt_tokens_details",
    "input_tokens_details",
    "cached_tokens",
    "message",
    "response",
    "choices",
    "a",
    "",
    "us\"age",
    "\\",
    "ключ"
  };
  private static final String[] TEXTS = {
    "", "\"usage\":{\"prompt_tokens\":5}", "}\\", "]\"", "\\\"", "\n\t\u0001", "🌊", "{", "plain"
  };

  @Test
  void document_ofRandomShape_agreesWithATree() {
    Random random = new Random(20260118);
    int withUsage = 0;
    for (int round = 0; round < 6000; round++) {
      ObjectNode tree = object(random, 0);
      byte[] body =
          (random.nextBoolean()
                  ? tree.toString()
                  : MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree))
              .getBytes(UTF_8);
      for (ApiFormat format : ApiFormat.values()) {
        TokenUsage expected = TreeUsage.of(tree, format);
        withUsage += expected == null ? 0 : 1;
        Replay replay = new Replay(UsageExtractor.forJson(format), random.nextBoolean());
        replay.inRandomParts(body, random, 1 + random.nextInt(60));
        assertThat(replay.extractor().usage()).as("%s %s", format, tree).isEqualTo(expected);
        assertThat(replay.extractor().isFinal()).isEqualTo(expected != null);
      }
    }
    assertThat(withUsage).isGreaterThan(1000);
  }

  private static ObjectNode object(Random random, int depth) {
    ObjectNode object = NODES.objectNode();
    int members = random.nextInt(7);
    for (int i = 0; i < members; i++) {
      object.set(NAMES[random.nextInt(NAMES.length)], value(random, depth + 1));
    }
    if (depth == 0 && random.nextInt(3) > 0) {
      object.set("usage", object(random, 1));
    }
    return object;
  }

  private static JsonNode value(Random random, int depth) {
    return switch (random.nextInt(depth > 5 ? 8 : 11)) {
      case 0 -> NODES.nullNode();
      case 1 -> NODES.booleanNode(random.nextBoolean());
      case 2 -> NODES.stringNode(TEXTS[random.nextInt(TEXTS.length)]);
      case 3 -> NODES.numberNode(random.nextDouble() * 1000);
      case 4 -> NODES.numberNode(random.nextLong());
      case 5, 6, 7 -> NODES.numberNode((long) random.nextInt(2000));
      case 8 -> {
        ArrayNode array = NODES.arrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(value(random, depth + 1));
        }
        yield array;
      }
      default -> object(random, depth);
    };
  }
}
