package dev.tallygate.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Fuzz;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever the body: it is refused in words, or its edits make of its tree the same tree with
 * another model, and of its bytes the same bytes but for the values concerned.
 */
public class RequestBodyFuzzTest {
  private static final JsonMapper TREES =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(1000)
                          .maxNameLength(1024)
                          .maxNumberLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** How refusals begin that blame the JSON itself. */
  private static final List<String> NOT_JSON =
      List.of("The request body is not valid JSON at", "The request body ends at");

  private static final String MODEL = "glm-\"4.7\\é";
  private static final int MORE_THAN_IS_COPIED = 16 * 1024;

  @Test
  void anyBody_isRefusedOrEditedWhereItMustBe() throws IOException {
    Fuzz.briefly(getClass(), RequestBodyFuzzTest::fuzzerTestOneInput, 5000, "fuzz/request-bodies");
  }

  @Test
  void deepBody_isRefused() {
    for (String level : List.of("[", "{\"content\":", "{\"content\":[", "{\"source\":")) {
      String deep = level.repeat(200_000);
      assertThat(read(deep.getBytes(UTF_8), 0)).as(level).isNull();
      assertThat(read(("{\"input\":" + deep).getBytes(UTF_8), 0)).as(level).isNull();
    }
  }

  public static void fuzzerTestOneInput(byte[] input) {
    RequestBody body = read(input, 0);
    assertThat(read(input, 3)).as("somewhere in a larger array").isEqualTo(body);
    if (body == null) {
      return;
    }
    if (!(tree(input) instanceof ObjectNode tree)) {
      throw new AssertionError("it was taken for a valid object");
    }
    checkFields(body, tree, input.length);
    checkEdits(input, body, tree, false);
    checkEdits(input, body, tree, true);
  }

  /** Null when it is refused, for a reason that is not refuted. */
  private static @Nullable RequestBody read(byte[] input, int offset) {
    byte[] array = new byte[offset + input.length + offset];
    Arrays.fill(array, (byte) '"');
    System.arraycopy(input, 0, array, offset, input.length);
    try {
      RequestBody body = RequestBody.read(array, offset, input.length);
      assertThat(isUtf8(input)).isTrue();
      return body;
    } catch (InvalidBodyException e) {
      assertThat(e.getMessage()).isNotBlank();
      if (e.getMessage().startsWith("The request body is not UTF-8 at")) {
        assertThat(isUtf8(input)).isFalse();
      }
      if (NOT_JSON.stream().anyMatch(e.getMessage()::startsWith)) {
        assertThat(tree(input)).as(e.getMessage()).isNull();
      }
      return null;
    }
  }

  private static boolean isUtf8(byte[] input) {
    try {
      var _ = UTF_8.newDecoder().decode(ByteBuffer.wrap(input));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static @Nullable JsonNode tree(byte[] input) {
    try {
      return TREES.readTree(input);
    } catch (JacksonException e) {
      return null;
    }
  }

  private static void checkFields(RequestBody body, ObjectNode tree, int length) {
    JsonNode model = tree.path("model");
    assertThat(body.model()).isEqualTo(model.isString() ? model.stringValue() : null);
    assertThat(tree.propertyNames())
        .filteredOn("model"::equalsIgnoreCase)
        .allMatch("model"::equals);
    assertThat(body.isEmpty()).isEqualTo(tree.isEmpty());
    assertThat(body.stream()).isEqualTo(isTrue(tree.path("stream")));
    assertThat(body.asksForUsage())
        .isEqualTo(isTrue(tree.path("stream_options").path("include_usage")));
    assertThat(body.textBytes()).isBetween(0L, (long) length);
    assertThat(body.media()).isNotNegative();
    assertThat(body.n()).isPositive();
    JsonNode max = tree.path("max_tokens");
    if (max.isInt() && max.intValue() > 0) {
      assertThat(body.maxTokens().orElse(0)).isGreaterThanOrEqualTo(max.intValue());
    }
  }

  private static void checkEdits(byte[] input, RequestBody body, ObjectNode tree, boolean usage) {
    List<Splice> splices = body.splices(MODEL, usage);
    byte[] edited = edited(input, splices);
    ObjectNode expected = tree.deepCopy();
    expected.put("model", MODEL);
    boolean asks = usage && body.stream() && !body.asksForUsage();
    if (asks) {
      JsonNode options = expected.path("stream_options");
      ObjectNode object =
          options instanceof ObjectNode known ? known : expected.putObject("stream_options");
      object.put("include_usage", true);
    }
    assertThat(tree(edited)).isEqualTo(expected);
    RequestBody again = Objects.requireNonNull(read(edited, 0));
    assertThat(again.splices(MODEL, usage)).as("nothing is left to edit").isEmpty();

    ByteArrayOutputStream untouched = new ByteArrayOutputStream();
    int from = 0;
    for (Splice splice : splices) {
      untouched.write(input, from, splice.start() - from);
      untouched.writeBytes(splice.replacement());
      from = splice.end();
      if (splice.start() < splice.end()) {
        JsonNode gone = tree(Arrays.copyOfRange(input, splice.start(), splice.end()));
        JsonNode options = tree.path("stream_options");
        assertThat(gone).isIn(tree.path("model"), options, options.path("include_usage"));
      }
    }
    untouched.write(input, from, input.length - from);
    assertThat(edited).isEqualTo(untouched.toByteArray());
  }

  /** As it is sent on; a large body in several pieces. */
  private static byte[] edited(byte[] input, List<Splice> splices) {
    byte[] edited = released(SplicedBody.of(Unpooled.copiedBuffer(input), splices));
    if (Arrays.hashCode(input) % 16 == 0) {
      byte[] space = new byte[MORE_THAN_IS_COPIED];
      Arrays.fill(space, (byte) ' ');
      byte[] large = released(SplicedBody.of(Unpooled.copiedBuffer(input, space), splices));
      assertThat(large).startsWith(edited).hasSize(edited.length + space.length);
    }
    return edited;
  }

  private static byte[] released(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    assertThat(buffer.release()).as("nothing else holds it").isTrue();
    return bytes;
  }

  private static boolean isTrue(JsonNode node) {
    return node.isBoolean() && node.booleanValue();
  }
}
