package dev.tallygate.usage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.util.Random;
import org.jspecify.annotations.Nullable;
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
        TokenUsage expected = expected(tree, format);
        withUsage += expected == null ? 0 : 1;
        Replay replay = new Replay(UsageExtractor.forJson(format), random.nextBoolean());
        replay.inRandomParts(body, random, 1 + random.nextInt(60));
        assertThat(replay.extractor().usage()).as("%s %s", format, tree).isEqualTo(expected);
        assertThat(replay.extractor().isFinal()).isEqualTo(expected != null);
      }
    }
    assertThat(withUsage).isGreaterThan(1000);
  }

  private static @Nullable TokenUsage expected(JsonNode tree, ApiFormat format) {
    JsonNode usage = tree.path("usage");
    if (!usage.isObject()) {
      return null;
    }
    if (format == ApiFormat.ANTHROPIC) {
      long in = count(usage, "input_tokens");
      long read = count(usage, "cache_read_input_tokens");
      long written = count(usage, "cache_creation_input_tokens");
      long out = count(usage, "output_tokens");
      if (Math.max(Math.max(in, read), Math.max(written, out)) < 0) {
        return null;
      }
      long all = Math.max(0, in) + Math.max(0, read) + Math.max(0, written);
      return new TokenUsage(all, Math.max(0, read), Math.max(0, written), Math.max(0, out));
    }
    long in = Math.max(count(usage, "prompt_tokens"), count(usage, "input_tokens"));
    long out = Math.max(count(usage, "completion_tokens"), count(usage, "output_tokens"));
    long total = count(usage, "total_tokens");
    if (in < 0 && out < 0 && total < 0) {
      return null;
    }
    if (in < 0) {
      in = Math.max(0, total - Math.max(0, out));
    } else if (out < 0) {
      out = Math.max(0, total - in);
    }
    long cached =
        Math.max(
            count(usage.path("prompt_tokens_details"), "cached_tokens"),
            count(usage.path("input_tokens_details"), "cached_tokens"));
    return new TokenUsage(in, Math.min(in, Math.max(0, cached)), 0, Math.max(0, out));
  }

  /** The count, or -1 for none. */
  private static long count(JsonNode object, String name) {
    JsonNode value = object.isObject() ? object.path(name) : NODES.missingNode();
    boolean isCount =
        value.isIntegralNumber()
            && value.canConvertToLong()
            && value.longValue() >= 0
            && value.longValue() <= JsonScanner.MAX_NUMBER;
    return isCount ? value.longValue() : -1;
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
