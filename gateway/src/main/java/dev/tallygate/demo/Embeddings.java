package dev.tallygate.demo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Simulated embeddings: short vectors made of the text's hash, as numbers or base64. */
final class Embeddings {
  private static final int DIMENSIONS = 8;

  private Embeddings() {}

  static ObjectNode of(JsonNode body, Prompt prompt) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = answer.putArray("data");
    boolean base64 = body.path("encoding_format").asString("float").equals("base64");
    int dimensions = Math.clamp(body.path("dimensions").asInt(DIMENSIONS), 1, 4096);
    JsonNode input = body.path("input");
    boolean several = input.isArray() && input.path(0).isString();
    for (int i = 0; i < (several ? input.size() : 1); i++) {
      float[] vector = vector(several ? input.get(i) : input, dimensions);
      ObjectNode entry = data.addObject().put("object", "embedding").put("index", i);
      if (base64) {
        entry.put("embedding", base64(vector));
      } else {
        ArrayNode numbers = entry.putArray("embedding");
        for (float number : vector) {
          numbers.add(number);
        }
      }
    }
    answer.put("model", prompt.model());
    answer
        .putObject("usage")
        .put("prompt_tokens", prompt.inputTokens())
        .put("total_tokens", prompt.inputTokens());
    return answer;
  }

  private static float[] vector(JsonNode text, int dimensions) {
    int seed = text.toString().hashCode();
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      seed = seed * 31 + i;
      vector[i] = (seed & 0xff) / 256f - 0.5f;
    }
    return vector;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      bytes.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
