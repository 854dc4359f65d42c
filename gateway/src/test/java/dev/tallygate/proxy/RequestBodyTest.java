package dev.tallygate.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class RequestBodyTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                   | {\"model\":\"glm\"}",
        "{ }                                  | {\"model\":\"glm\" }",
        "{\"a\":1}                            | {\"model\":\"glm\",\"a\":1}",
        "{ \"a\" : 1 }                        | {\"model\":\"glm\", \"a\" : 1 }",
        "{\"model\":\"x\"}                    | {\"model\":\"glm\"}",
        "{ \"a\":[1, 2] ,\"model\" : \"x\" }  | { \"a\":[1, 2] ,\"model\" : \"glm\" }",
        "{\"\\u006dodel\":\"x\",\"b\":1.50}   | {\"\\u006dodel\":\"glm\",\"b\":1.50}",
        "{\"model\":\"glm\",\"b\":1}          | {\"model\":\"glm\",\"b\":1}",
        "{\"model\":\"g\\u006Cm\"}            | {\"model\":\"g\\u006Cm\"}",
        "{\"model\":null,\"b\":1}             | {\"model\":\"glm\",\"b\":1}",
        "{\"model\":\"\"}                     | {\"model\":\"glm\"}",
        "{\"m\":{\"model\":\"x\"},\"x\":[{\"model\":\"y\"}],\"model\":\"é\\\"\\\\\"} | {\"m\":{\"model\":\"x\"},\"x\":[{\"model\":\"y\"}],\"model\":\"glm\"}",
        "{\"m\":{\"Model\":\"x\"},\"models\":1}   | {\"model\":\"glm\",\"m\":{\"Model\":\"x\"},\"models\":1}",
        "{\"model \":\"x\"}                   | {\"model\":\"glm\",\"model \":\"x\"}",
        "{\"stream\":true}                    | {\"model\":\"glm\",\"stream\":true}",
      })
  void splices_forAModel_changeNothingElse(String body, String expected) throws Exception {
    assertThat(spliced(body, "glm", false)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"stream\":false} | {\"stream\":false}",
        "{\"stream\":null}  | {\"stream\":null}",
        "{}                 | {}",
        "{\"stream_options\":{}} | {\"stream_options\":{}}",
        "{\"stream\":true}  | {\"stream_options\":{\"include_usage\":true},\"stream\":true}",
        "{\"str\\u0065am\" : true } | {\"stream_options\":{\"include_usage\":true},\"str\\u0065am\" : true }",
        "{\"stream\":true,\"stream_options\":null } | {\"stream\":true,\"stream_options\":{\"include_usage\":true} }",
        "{\"stream\":true,\"stream_options\":{}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream_options\":{ },\"stream\":true} | {\"stream_options\":{\"include_usage\":true },\"stream\":true}",
        "{\"stream\":true,\"stream_options\":{\"a\":[{}]}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true,\"a\":[{}]}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\" : false, \"a\":1}} | {\"stream\":true,\"stream_options\":{\"include_usage\" : true, \"a\":1}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":null}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":\"no\",\"a\":2}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true,\"a\":2}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":{\"x\":[1]}}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":true}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":{\"a\":{\"include_usage\":true}}} | {\"stream\":true,\"stream_options\":{\"include_usage\":true,\"a\":{\"include_usage\":true}}}",
      })
  void splices_forUsage_concernStreamsThatDoNotAsk(String body, String expected) throws Exception {
    assertThat(spliced(body, null, true)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"stream\":true} | {\"model\":\"glm\",\"stream_options\":{\"include_usage\":true},\"stream\":true}",
        "{\"stream\":true,\"model\":\"x\"} | {\"stream_options\":{\"include_usage\":true},\"stream\":true,\"model\":\"glm\"}",
        "{\"stream_options\":{\"a\":1},\"stream\":true,\"model\":\"x\"} | {\"stream_options\":{\"include_usage\":true,\"a\":1},\"stream\":true,\"model\":\"glm\"}",
        "{\"stream_options\":{\"a\":1},\"stream\":true} | {\"model\":\"glm\",\"stream_options\":{\"include_usage\":true,\"a\":1},\"stream\":true}",
        "{\"model\":\"x\",\"stream\":true,\"stream_options\":null} | {\"model\":\"glm\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
      })
  void splices_forBoth_comeInOrder(String body, String expected) throws Exception {
    assertThat(spliced(body, "glm", true)).isEqualTo(expected);
  }

  @Test
  void splices_withNothingToChange_areNone() throws Exception {
    String body = "{\"model\":\"glm\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    assertThat(read(body).splices("glm", true)).isEmpty();
    assertThat(read(body).splices(null, true)).isEmpty();
    assertThat(read("{\"stream\":true}").splices(null, false)).isEmpty();
  }

  @Test
  void splices_withAnAwkwardModelName_escapeIt() throws Exception {
    String name = "a\"b\\c\n\u0001é🌊";
    String spliced = spliced("{\"model\":\"x\"}", name, false);
    assertThat(spliced).isEqualTo("{\"model\":\"a\\\"b\\\\c\\n\\u0001é🌊\"}");
    assertThat(read(spliced).model()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "{}                                     | -  | 1",
        "{\"max_tokens\":100}                   | 100 | 1",
        "{\"max_completion_tokens\":7,\"n\":3}  | - | 3",
        "{\"max_output_tokens\":9}              | - | 1",
        "{\"max_tokens\":5,\"max_completion_tokens\":50,\"max_tokens\":6} | 6 | 1",
        "{\"max_tokens\":0}                     | - | 1",
        "{\"max_tokens\":-4,\"n\":-2}           | - | 1",
        "{\"max_tokens\":null,\"n\":null}       | - | 1",
        "{\"max_tokens\":\"12\"}                | - | 1",
        "{\"max_tokens\":[12]}                  | - | 1",
        "{\"max_tokens\":99.2,\"n\":2.0}        | 100 | 2",
        "{\"max_tokens\":1e3}                   | 1000 | 1",
        "{\"max_tokens\":1e300}                 | 2147483647 | 1",
        "{\"max_tokens\":99999999999999999999999999999999} | 2147483647 | 1",
        "{\"max_tokens\":2147483648,\"n\":9999999999} | 2147483647 | 2147483647",
        "{\"x\":{\"max_tokens\":5,\"n\":5}}     | - | 1",
        "{\"n\":2,\"best_of\":5}                | - | 5",
        "{\"prompt\":\"a\",\"n\":2}             | - | 2",
        "{\"n\":2,\"prompt\":[\"a\",\"b\",\"c\"]}  | - | 6",
        "{\"prompt\":[[1,2],[3]],\"best_of\":2} | - | 4",
        "{\"prompt\":[1,2,3]}                  | - | 1",
        "{\"prompt\":[]}                       | - | 1",
      })
  void read_limits_areTheLargestMeant(String body, @Nullable Long maxTokens, int n)
      throws Exception {
    RequestBody read = read(body);
    assertThat(read.maxTokens().isPresent()).isEqualTo(maxTokens != null);
    read.maxTokens().ifPresent(max -> assertThat(max).isEqualTo(maxTokens));
    assertThat(read.n()).isEqualTo(n);
  }

  @Test
  void read_namesOfLimits_areKeptApart() throws Exception {
    RequestBody read =
        read("{\"max_output_tokens\":1,\"max_completion_tokens\":2,\"max_tokens\":3}");
    assertThat(read.maxOutputTokens()).hasValue(1);
    assertThat(read.maxCompletionTokens()).hasValue(2);
    assertThat(read.maxTokens()).hasValue(3);
  }

  @Test
  void read_accessors_tellWhatTheClientAsks() throws Exception {
    RequestBody read =
        read(
            "{\"model\":\"g\\u006cm\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    assertThat(read.model()).isEqualTo("glm");
    assertThat(read.stream()).isTrue();
    assertThat(read.asksForUsage()).isTrue();
    RequestBody other = read("{\"stream\":false,\"stream_options\":{\"include_usage\":false}}");
    assertThat(other.model()).isNull();
    assertThat(other.stream()).isFalse();
    assertThat(other.asksForUsage()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                         | The request body is empty: send a JSON object.",
        "'  '                       | The request body is empty: send a JSON object.",
        "[]                         | The request body is an array at the top level: send a JSON object.",
        "'\"hush\"'                 | The request body is a string at the top level: send a JSON object.",
        "12                         | The request body is a number at the top level: send a JSON object.",
        "null                       | The request body is null at the top level: send a JSON object.",
        "{\"a\":\"hush\"            | The request body ends at byte 11 (line 1, column 12), in the middle of its JSON: send all of it.",
        "{\"a\":\"hus               | The request body ends at byte 9 (line 1, column 10), in the middle of its JSON: send all of it.",
        "{} {}                      | The request body goes on after its JSON object has ended at byte 2: send one object and nothing after it.",
        "{}}                        | The request body goes on after its JSON object has ended at byte 2: send one object and nothing after it.",
        "{} hush                    | The request body goes on after its JSON object has ended at byte 2: send one object and nothing after it.",
        "{\"model\":\"hush\",\"model\":\"b\"} | The request body has a second `model`, its value at byte 24: send it once.",
        "{\"model\":\"hush\",\"\\u006dodel\":\"b\"} | The request body has a second `model`, its value at byte 29: send it once.",
        "{\"model\":null,\"model\":\"b\"} | The request body has a second `model`, its value at byte 22: send it once.",
        "{\"Model\":\"hush\"}          | The request body has a member that is `model` but for upper and lower case, its value at byte 9, and some upstreams would take it for that: write `model`, and send it once.",
        "{\"model\":\"a\",\"MODEL\":\"hush\"} | The request body has a member that is `model` but for upper and lower case, its value at byte 21, and some upstreams would take it for that: write `model`, and send it once.",
        "{\"mo\\u0044el\":[],\"model\":\"a\"} | The request body has a member that is `model` but for upper and lower case, its value at byte 14, and some upstreams would take it for that: write `model`, and send it once.",
        "{\"Background\":true}       | The request body has a member that is `background` but for upper and lower case, its value at byte 14, and some upstreams would take it for that: write `background`, and send it once.",
        "{\"\\u017fTream\":true}    | The request body has a member that is `stream` but for upper and lower case, its value at byte 15, and some upstreams would take it for that: write `stream`, and send it once.",
        "{\"stream\":true,\"stream\":false} | The request body has a second `stream`, its value at byte 24: send it once.",
        "{\"stream_options\":null,\"stream_options\":{}} | The request body has a second `stream_options`, its value at byte 40: send it once.",
        "{\"stream_options\":{\"include_usage\":true,\"include_usage\":false}} | The request body has a second `stream_options.include_usage`, its value at byte 56: send it once.",
        "{\"n\":\"4\"}                 | `n` at byte 5 of the request body is a string: make it a number.",
        "{\"best_of\":[4]}           | `best_of` at byte 11 of the request body is an array: make it a number.",
        "{\"background\":true}       | The request asks for an answer that is made in the background (`background` at byte 14), and the gateway counts tokens as answers pass: stream it, or wait for it.",
        "{\"model\":7}               | `model` at byte 9 of the request body is a number: make it a string.",
        "{\"model\":[\"hush\"]}     | `model` at byte 9 of the request body is an array: make it a string.",
        "{\"stream\":\"true\"}       | `stream` at byte 10 of the request body is a string: make it true or false.",
        "{\"stream\":1}              | `stream` at byte 10 of the request body is a number: make it true or false.",
        "{\"stream_options\":true}   | `stream_options` at byte 18 of the request body is true or false: make it an object.",
        "{\"a\":hush}                | The request body is not valid JSON at byte 5 (line 1, column 6): check what precedes that place, such as a quote, comma or brace.",
        "{\"a\":1,}                  | The request body is not valid JSON at byte 7 (line 1, column 8): check what precedes that place, such as a quote, comma or brace.",
        "{'a':1}                     | The request body is not valid JSON at byte 1 (line 1, column 2): check what precedes that place, such as a quote, comma or brace.",
        "{\"a\":NaN}                 | The request body is not valid JSON at byte 8 (line 1, column 9): check what precedes that place, such as a quote, comma or brace.",
        "{\"a\":[1}                  | The request body is not valid JSON at byte 7 (line 1, column 8): check what precedes that place, such as a quote, comma or brace.",
      })
  void read_badBody_isRefusedWithWhereAndWhatToDo(String body, String message) {
    assertThat(refusal(body.getBytes(UTF_8))).isEqualTo(message).doesNotContain("hush");
  }

  @Test
  void read_badLineOfManyLines_isNamed() {
    assertThat(refusal("{\n \"a\": 1,\n \"b\" 2\n}".getBytes(UTF_8)))
        .contains("(line 3, column 6)");
  }

  @Test
  void read_otherEncodings_areRefused() {
    byte[] marked = "\uFEFF{\"a\":1}".getBytes(UTF_8);
    assertThat(refusal(marked)).contains("byte order mark");
    for (Charset charset : List.of(UTF_16LE, UTF_16BE, Charset.forName("UTF-32"))) {
      assertThat(refusal("{\"a\":1}".getBytes(charset))).contains("looks like UTF-16 or UTF-32");
      assertThat(refusal("\uFEFF{\"a\":1}".getBytes(charset)))
          .contains("looks like UTF-16 or UTF-32");
    }
    byte[] latin1 = "{\"a\":\"né\"}".getBytes(ISO_8859_1);
    assertThat(refusal(latin1))
        .isEqualTo("The request body is not UTF-8 at byte 7: encode the JSON as UTF-8.");
  }

  /** In texts that nobody looks into, and in names that would be taken for others. */
  @Test
  void read_whatIsNotQuiteUtf8_isRefused() {
    for (String bytes : List.of("\u00ed\u00a0\u0080", "\u00c1\u00ad", "\u00f4\u0090\u0080\u0080")) {
      assertThat(refusal(("{\"a\":\"" + bytes + "\"}").getBytes(ISO_8859_1)))
          .startsWith("The request body is not UTF-8 at byte 6");
      assertThat(refusal(("{\"" + bytes + "odel\":\"x\"}").getBytes(ISO_8859_1)))
          .startsWith("The request body is not UTF-8 at byte 2");
    }
  }

  @Test
  void read_tooDeepOrTooLongNames_areRefused() throws Exception {
    assertThat(read("{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}").isEmpty()).isFalse();
    assertThat(refusal(("{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}").getBytes(UTF_8)))
        .contains("nested more than 1000 levels");
    assertThat(refusal("{\"a\":".repeat(500_000).getBytes(UTF_8)))
        .contains("nested more than 1000 levels");
    assertThat(refusal(("{\"" + "n".repeat(5000) + "\":1}").getBytes(UTF_8)))
        .contains("member name longer than 1024 characters");
    assertThat(refusal(("{\"model\":\"" + "n".repeat(5000) + "\"}").getBytes(UTF_8)))
        .contains("longer than 1024 bytes");
  }

  @Test
  void read_legalGiants_pass() throws Exception {
    String image = "QUJD".repeat(32 * 1024 * 1024 / 4);
    String digits = "1234567890".repeat(2000);
    String body =
        "{\"a\":\"%s\",\"b\":%s,\"c\":1.%s,\"max_tokens\":%s,\"model\":\"x\"}"
            .formatted(image, digits, digits, digits);
    assertThat(read(body).model()).isEqualTo("x");
    assertThat(read(body).splices("y", true)).hasSize(1);
  }

  @Test
  void read_everyTruncation_isRefused() {
    byte[] body =
        "{\"model\":\"é🌊\",\"n\":1,\"x\":[{\"y\":null},1.5e-3,true],\"stream\":false}"
            .getBytes(UTF_8);
    for (int length = 0; length < body.length; length++) {
      assertThat(refusal(Arrays.copyOf(body, length))).startsWith("The request body ");
    }
  }

  @Test
  void read_randomBytes_areReadOrRefused() {
    Random random = new Random(7);
    byte[] alphabet = "{}[]\":,\\0123-.emodlstrua \r\n".getBytes(UTF_8);
    for (int round = 0; round < 5000; round++) {
      byte[] body = new byte[random.nextInt(60)];
      for (int i = 0; i < body.length; i++) {
        body[i] =
            random.nextInt(20) == 0
                ? (byte) random.nextInt()
                : alphabet[random.nextInt(alphabet.length)];
      }
      try {
        assertThat(RequestBody.read(body, 0, body.length).n()).isPositive();
      } catch (InvalidBodyException e) {
        assertThat(e).hasMessageContaining(": ").hasNoCause();
      }
    }
  }

  @Test
  void splices_ofRandomBodies_changeOnlyWhatTheyShould() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 4000; round++) {
      ObjectNode tree = randomBody(random);
      String body =
          random.nextBoolean()
              ? tree.toString()
              : MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree);
      @Nullable String model = random.nextInt(3) == 0 ? null : "glm-\"4.7\"";
      boolean includeUsage = random.nextBoolean();

      ObjectNode expected = tree.deepCopy();
      if (model != null) {
        expected.put("model", model);
      }
      if (includeUsage && tree.path("stream").asBoolean(false)) {
        JsonNode options = tree.path("stream_options");
        ObjectNode merged =
            options.isObject() ? (ObjectNode) options.deepCopy() : NODES.objectNode();
        expected.set("stream_options", merged.put("include_usage", true));
      }
      String spliced = spliced(body, model, includeUsage);
      assertThat(MAPPER.readTree(spliced)).as(body).isEqualTo(expected);
      assertThat(read(spliced).splices(model, includeUsage)).isEmpty();
    }
  }

  private static ObjectNode randomBody(Random random) {
    ObjectNode body = NODES.objectNode();
    for (int i = random.nextInt(8); i > 0; i--) {
      switch (random.nextInt(7)) {
        case 0 -> body.put("model", random.nextBoolean() ? "x\"é" : "glm-\"4.7\"");
        case 1 -> body.put("stream", random.nextInt(4) > 0);
        case 2 -> body.set("stream_options", randomOptions(random));
        case 3 -> body.putArray("messages").addObject().put("content", "{\"model\":\"🌊\\");
        case 4 -> body.putObject("metadata").put("model", "inner").put("stream", true);
        case 5 -> body.put("temperature", random.nextDouble());
        default -> body.put("k" + random.nextInt(5), "\"model\":\"no\"");
      }
    }
    return body;
  }

  private static JsonNode randomOptions(Random random) {
    ObjectNode options = NODES.objectNode();
    if (random.nextInt(4) == 0) {
      return NODES.nullNode();
    }
    if (random.nextBoolean()) {
      options.put("include_obfuscation", random.nextBoolean());
    }
    if (random.nextBoolean()) {
      options.put("include_usage", random.nextBoolean());
    }
    if (random.nextBoolean()) {
      options.putArray("later").add(1);
    }
    return options;
  }

  /** Reads a body that does not begin at index 0. */
  private static RequestBody read(String body) throws InvalidBodyException {
    byte[] padded = ("\"{" + body + "}]").getBytes(UTF_8);
    return RequestBody.read(padded, 2, padded.length - 4);
  }

  private static String refusal(byte[] body) {
    InvalidBodyException refusal =
        catchThrowableOfType(
            InvalidBodyException.class, () -> RequestBody.read(body, 0, body.length));
    assertThat(refusal).as("refusal of %s bytes", body.length).isNotNull();
    return String.valueOf(refusal.getMessage());
  }

  private static String spliced(String body, @Nullable String model, boolean includeUsage)
      throws InvalidBodyException {
    byte[] bytes = body.getBytes(UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    int growth = 0;
    for (Splice splice : read(body).splices(model, includeUsage)) {
      assertThat(splice.start()).isBetween(from, splice.end());
      out.write(bytes, from, splice.start() - from);
      out.writeBytes(splice.replacement());
      from = splice.end();
      growth += splice.growth();
    }
    out.write(bytes, from, bytes.length - from);
    assertThat(out.size()).isEqualTo(bytes.length + growth);
    return out.toString(UTF_8);
  }
}
