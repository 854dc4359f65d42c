package dev.tallygate.usage;

import static dev.tallygate.usage.Golden.usage;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageExtractorTest {
  private static final String USAGE_CHUNK =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n";

  @Test
  void lineWithoutColon_isAFieldWithoutValue() {
    String error = "event: error\n%sdata: {}\n\n";
    assertThat(failed(error.formatted(""))).isTrue();
    assertThat(failed(error.formatted("event\n"))).isFalse();
    assertThat(failed(error.formatted("events\n"))).isTrue();
  }

  private static boolean failed(String body) {
    return stream(ApiFormat.OPENAI, false, body).extractor().failed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "7",
        "[{\"usage\":{\"prompt_tokens\":1}}]",
        "\"usage\"",
        "usage: {\"prompt_tokens\":1}",
        "<html>{\"usage\":{\"prompt_tokens\":1}}</html>",
        "{\"usage\":null}",
        "{\"usage\":7}",
        "{\"usage\":\"prompt_tokens\"}",
        "{\"usage\":[{\"prompt_tokens\":1}]}",
        "{\"usage\":{}}",
        "{\"usage\":{\"type\":\"duration\",\"seconds\":4}}",
        "{\"usage\":{\"prompt_tokens\":1",
        "{\"usage\":{\"prompt_tokens\" 1}}",
        "{\"usage\":{\"a\":{\"prompt_tokens\":1}}}",
        "{\"data\":{\"usage\":{\"prompt_tokens\":1}}}",
        "{\"data\":[{\"usage\":{\"prompt_tokens\":1}}]}",
        "{\"response\":{\"usage\":{\"prompt_tokens\":1}}}",
        "{\"a\":\"\\\",\\\"usage\\\":{\\\"prompt_tokens\\\":1}\"}",
        "{\"a\":\"\\\\\\\"\",\"b\":\"{\\\"usage\\\":{\\\"prompt_tokens\\\":1}}\"}",
        "{\"usage \":{\"prompt_tokens\":1}}",
        "{\"xusage\":{\"prompt_tokens\":1}}",
        "{\"an_exceedingly_long_member_name_usage\":{\"prompt_tokens\":1}}",
        "{,\"usage\":{\"prompt_tokens\":1}}",
        "{}{\"usage\":{\"prompt_tokens\":1}}"
      })
  void json_withoutTopLevelUsage_hasNone(String body) {
    for (int size = 1; size <= 3; size++) {
      assertThat(json(ApiFormat.OPENAI, body, size)).isNull();
    }
  }

  @Test
  void json_usageAmidTraps_isFound() {
    String body =
        "\uFEFF\r\n {\"a\" : [ { \"usage\" : {\"prompt_tokens\":1} }, \"]}\\\"\" ],\"b\":{\"]\":\"{[\"},"
            + "\"\\u0075sage\":{\"prompt_tokens\":2},\"c\":-1.5e+3 , \"d\":tRue,\n\t\"usage\" :"
            + "\t{ \"prompt_tokens\" : 12 ,\"completion_tokens\"\n:\n34\n}  ,\"e\":\"\\\\\"} trailing";
    for (int size = 1; size < 40; size++) {
      assertThat(json(ApiFormat.OPENAI, body, size)).isEqualTo(usage(12, 0, 0, 34));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-5, 0",
    "-0, 0",
    "1.5, 0",
    "2.0, 2",
    "2.00, 2",
    "2.01, 0",
    "2.0e1, 0",
    "1e3, 0",
    "1E3, 0",
    "99999999999999999999999999, 0",
    "9223372036854775807, 0",
    "9223372036854775808, 0",
    "1099511627777, 0",
    "1099511627776, 1099511627776",
    "'\"12\"', 0",
    "null, 0",
    "true, 0",
    "[3], 0",
    "{\"prompt_tokens\":3}, 0",
    "0, 0",
    "007, 7"
  })
  void json_oddNumbers_areLeftOut(String number, long expected) {
    String body = "{\"usage\":{\"prompt_tokens\":%s,\"completion_tokens\":2}}".formatted(number);
    assertThat(json(ApiFormat.OPENAI, body, 1)).isEqualTo(usage(expected, 0, 0, 2));
    assertThat(json(ApiFormat.OPENAI, body, 100)).isEqualTo(usage(expected, 0, 0, 2));
  }

  @Test
  void json_largestCounts_doNotOverflow() {
    String most = Long.toString(JsonScanner.MAX_NUMBER);
    TokenUsage usage =
        json(
            ApiFormat.ANTHROPIC,
            "{\"usage\":{\"input_tokens\":%s,\"cache_read_input_tokens\":%s,\"cache_creation_input_tokens\":%s,\"output_tokens\":%s}}"
                .formatted(most, most, most, most),
            64);
    long big = JsonScanner.MAX_NUMBER;
    assertThat(usage).isEqualTo(usage(3 * big, big, big, big));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"total_tokens\":9', 9, 0, 0",
    "'\"total_tokens\":9,\"completion_tokens\":2', 7, 0, 2",
    "'\"total_tokens\":9,\"prompt_tokens\":6', 6, 0, 3",
    "'\"total_tokens\":5,\"prompt_tokens\":6', 6, 0, 0",
    "'\"total_tokens\":100,\"prompt_tokens\":6,\"completion_tokens\":2', 6, 0, 2",
    "'\"prompt_tokens\":6,\"completion_tokens\":2,\"input_tokens\":0,\"output_tokens\":0', 6, 0, 2",
    "'\"prompt_tokens\":6,\"prompt_tokens_details\":{\"cached_tokens\":4}', 6, 4, 0",
    "'\"prompt_tokens\":6,\"prompt_tokens_details\":{\"cached_tokens\":400}', 6, 6, 0",
    "'\"prompt_tokens\":6,\"prompt_tokens_details\":null', 6, 0, 0",
    "'\"input_tokens\":6,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":1', 6, 4, 1",
    "'\"prompt_tokens\":6,\"completion_tokens_details\":{\"reasoning_tokens\":4},\"completion_tokens\":5', 6, 0, 5"
  })
  void json_openAiParts_cachedIsWithinInput(String members, long input, long cached, long output) {
    assertThat(json(ApiFormat.OPENAI, "{\"usage\":{" + members + "}}", 5))
        .isEqualTo(usage(input, cached, 0, output));
  }

  @Test
  void json_anthropicCache_addsToInput() {
    assertThat(
            json(
                ApiFormat.ANTHROPIC,
                "{\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":null,\"cache_read_input_tokens\":7,"
                    + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":70},\"iterations\":[{\"input_tokens\":80}],\"output_tokens\":2}}",
                9))
        .isEqualTo(usage(12, 7, 0, 2));
  }

  @Test
  void json_fiveMegabytesBeforeUsage_isPassedThroughUnheld() {
    byte[] image = new byte[5 * 1024 * 1024];
    Random random = new Random(5);
    for (int i = 0; i < image.length; i++) {
      image[i] = (byte) ('A' + random.nextInt(26));
    }
    byte[] head = "{\"data\":[{\"b64_json\":\"".getBytes(UTF_8);
    byte[] tail = "\"}],\"usage\":{\"input_tokens\":50,\"output_tokens\":4160}}".getBytes(UTF_8);
    for (boolean direct : new boolean[] {false, true}) {
      Replay replay = new Replay(UsageExtractor.forJson(ApiFormat.OPENAI), direct);
      replay.feed(head, 0, head.length).feed(image, 0, image.length).feed(tail, 0, tail.length);
      assertThat(replay.extractor().usage()).isEqualTo(usage(50, 0, 0, 4160));
      assertThat(replay.allIdentical()).isTrue();
      assertThat(replay.finish().forwarded()).hasSize(head.length + image.length + tail.length);
    }
  }

  @Test
  void json_nestedAMillionDeep_isRead() {
    String deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
    assertThat(
            json(
                ApiFormat.OPENAI,
                "{\"a\":" + deep + ",\"usage\":{\"prompt_tokens\":1,\"b\":" + deep + "}}",
                8192))
        .isEqualTo(usage(1, 0, 0, 0));
  }

  @Test
  void anyBody_ofRandomBytes_neverFails() {
    Random random = new Random(42);
    byte[] alphabet = "{}[]\":,\\0123-.eusagedt \r\n\uFEFF".getBytes(UTF_8);
    for (int round = 0; round < 3000; round++) {
      byte[] body = new byte[random.nextInt(200)];
      for (int i = 0; i < body.length; i++) {
        body[i] =
            random.nextInt(20) == 0
                ? (byte) random.nextInt()
                : alphabet[random.nextInt(alphabet.length)];
      }
      for (ApiFormat format : ApiFormat.values()) {
        new Replay(UsageExtractor.forJson(format), false).inRandomParts(body, random, 9);
        for (boolean hide : new boolean[] {false, true}) {
          Replay replay = new Replay(UsageExtractor.forEventStream(format, hide), false);
          assertThat(replay.inRandomParts(body, random, 9).forwarded()).isEqualTo(body);
        }
      }
    }
  }

  @Test
  void openAiStream_zerosAfterUsage_takeNothingBack() {
    String stream =
        """
        data: {"choices":[{}],"usage":{"prompt_tokens":3,"completion_tokens":4}}

        data: {"choices":[{}],"usage":{"prompt_tokens":0,"completion_tokens":0}}

        data: {"choices":[{}],"usage":null}

        """;
    assertThat(stream(ApiFormat.OPENAI, false, stream).extractor().usage())
        .isEqualTo(usage(3, 0, 0, 4));
  }

  @Test
  void anthropicStream_inputOfLastFrame_isTakenAsASet() {
    assertThat(
            anthropic(
                "\"input_tokens\":1000,\"output_tokens\":1",
                "\"input_tokens\":100,\"cache_read_input_tokens\":900,\"output_tokens\":7"))
        .isEqualTo(usage(1000, 900, 0, 7));
  }

  @Test
  void anthropicStream_lastFrameWithoutInput_keepsTheEarlierSet() {
    assertThat(
            anthropic(
                "\"input_tokens\":10,\"cache_creation_input_tokens\":30,\"output_tokens\":1",
                "\"output_tokens\":7"))
        .isEqualTo(usage(40, 0, 30, 7));
  }

  @Test
  void anthropicStream_lastFrameOfZeros_keepsTheEarlierSet() {
    assertThat(
            anthropic(
                "\"input_tokens\":10,\"output_tokens\":9",
                "\"input_tokens\":0,\"output_tokens\":0"))
        .isEqualTo(usage(10, 0, 0, 9));
  }

  @Test
  void stream_cutWithinItsLastEvent_hasNotEnded() {
    String[] streams = {
      "data: [DONE]",
      "data: {\"type\":\"response.completed\",\"response\":{}}",
      "event: response.completed\ndata: {}",
    };
    for (String whole : streams) {
      for (int cut = 0; cut <= whole.length(); cut++) {
        Replay replay = stream(ApiFormat.OPENAI, true, whole.substring(0, cut));
        assertThat(replay.ended()).as(whole.substring(0, cut)).isEqualTo(cut == whole.length());
        assertThat(replay.forwarded()).hasSize(cut);
      }
    }
  }

  /** A {@code |} stands before the first byte of the ending, {@code ~} for a carriage return. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: [DONE|]\n\n",
        "data:[DONE|]\n\n",
        "data: [DONE|]",
        "data: [DONE|]~~",
        "data: [DONE|]~\n~\n: bye\n\n",
        "data: {}\n\ndata: [DONE|]\n\n: one\n\ndata: {\"choices\":[{}]}\n\n",
        "data: [DONE|]\n\ndata: [DONE]\n\n",
        "data: {\"type\":\"response.completed\",\"response\":{}|}\n\ndata: [DONE]\n\n",
        "data: {\"response\":{},\"type\":\"response.incomplete\" |}\n\n",
        "data: {\ndata:\"type\":\"response.failed\"\ndata: |}\n\n",
        "event: response.completed\ndata: {\"response\":{\"output\":[{}]}|} \n\n",
        "event: response.completed~data: {|}~~: bye~~",
        "event:response.completed~\nid: 7~\ndata:{|}~\n~\n",
        "data: {}\nevent: response.completed\n|\n: bye\n\n",
        "data: {}~event: response.completed~|~",
        "data: {}~\nevent: response.completed~\n|~\n",
        "event: response.completed\n|\n",
        "event: response.completed\ndata\n|\n",
        "event: response.completed\ndata:\n|\n",
        "event: response.completed\ndata: {\"cut\":\n|\n",
        "event: response.created\nevent: response.completed\ndata: {|}\n\n",
      })
  void stream_ofOpenAi_endingBeginsWithTheByteThatCompletesIt(String marked) {
    checkEnding(ApiFormat.OPENAI, marked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "event: message_stop\ndata: {\"type\":\"message_stop\"|}\n\n",
        "data: {\"type\":\"message_stop\"|}\n\n: bye\n\n",
        "data: {\"type\":\"message_stop\"|}\nevent: message_stop\n\n",
        "event: ping\ndata: {}\n\nevent: message_stop\ndata: {|}\n\nevent: ping\ndata: {}\n\n",
        "data: {}\nevent: message_stop\n|\n",
        "event: message_stop\n|\n",
        "event: message_stop\ndata: \n|\n",
      })
  void stream_ofAnthropic_endingBeginsWithTheByteThatCompletesIt(String marked) {
    checkEnding(ApiFormat.ANTHROPIC, marked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: [DONE\n\n",
        "data: [DO\ndata: NE]\n\n",
        "data:  [DONE]\n\n",
        "data:\ndata: [DONE]\n\n",
        "data: x[DONE]\n\n",
        ": [DONE]\n\n",
        "id: [DONE]\n\n",
        "data: \"[DONE]\"\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"[DONE]\"}}]}\n\n",
        "data: {\"type\":\"response.completed\"\n\n",
        "data: {\"x\":{\"type\":\"response.completed\"}}\n\n",
        "data: {\"type\":\"response.completed.\"}\n\n",
        "event: response.completed.\ndata: {}\n\n",
        "event: response.complete\ndata: {}\n\n",
        "event: response.completed\nevent: other\ndata: {}\n\n",
        "event: response.completed",
      })
  void stream_thatOnlyResemblesItsEnd_hasNone(String body) {
    checkEnding(ApiFormat.OPENAI, body);
  }

  private static void checkEnding(ApiFormat format, String marked) {
    String line = marked.replace('~', '\r');
    int ending = line.indexOf('|');
    byte[] body = line.replace("|", "").getBytes(UTF_8);
    String released = ending < 0 ? line : line.substring(0, ending);
    for (boolean hide : new boolean[] {false, true}) {
      for (int first = 0; first <= body.length; first++) {
        for (int second = first; second <= body.length; second++) {
          Replay replay = new Replay(UsageExtractor.forEventStream(format, hide), true);
          replay.feed(body, 0, first).feed(body, first, second).feed(body, second, body.length);
          String how = "%s hiding %s, split at %d and %d".formatted(marked, hide, first, second);
          assertThat(replay.ended()).as(how).isEqualTo(ending >= 0);
          if (ending >= 0) {
            assertThat(new String(replay.released(), UTF_8)).as(how).isEqualTo(released);
          }
          assertThat(replay.finish().forwarded()).as(how).isEqualTo(body);
        }
      }
    }
  }

  @Test
  void hiding_usageChunkAroundTheEnd_countsOnlyWhatIsForwarded() {
    String stream = USAGE_CHUNK + "data: [DONE]\n\n" + USAGE_CHUNK + ": bye\n\n";
    byte[] body = stream.getBytes(UTF_8);
    for (int first = 0; first <= body.length; first++) {
      for (int second = first; second <= body.length; second++) {
        Replay replay = new Replay(UsageExtractor.forEventStream(ApiFormat.OPENAI, true), false);
        replay.feed(body, 0, first).feed(body, first, second).feed(body, second, body.length);
        assertThat(new String(replay.released(), UTF_8)).isEqualTo("data: [DONE");
        assertThat(new String(replay.finish().forwarded(), UTF_8))
            .isEqualTo("data: [DONE]\n\n: bye\n\n");
      }
    }
  }

  @Test
  void hiding_partThatIsWithheldAfterTheEnd_hasNoEndingBytesYet() {
    UsageExtractor extractor = UsageExtractor.forEventStream(ApiFormat.OPENAI, true);
    assertThat(text(extractor.read(bytes("data: [DONE]\n\n: by")))).isEqualTo("data: [DONE]\n\n");
    assertThat(extractor.endingBytes()).isEqualTo("]\n\n".length());
    assertThat(extractor.read(bytes("e")).remaining()).isZero();
    assertThat(extractor.endingBytes()).isZero();
    assertThat(text(extractor.read(bytes("\n\n")))).isEqualTo(": bye\n\n");
    assertThat(extractor.endingBytes()).isEqualTo(": bye\n\n".length());
  }

  @Test
  void stream_partLargerThanTheWindow_findsTheEndingInIt() {
    String chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\n";
    for (int chunks = 740; chunks < 800; chunks++) {
      String stream = chunk.repeat(chunks) + "data: [DONE]\n\n";
      for (boolean hide : new boolean[] {false, true}) {
        Replay replay = new Replay(UsageExtractor.forEventStream(ApiFormat.OPENAI, hide), true);
        replay.whole(stream.getBytes(UTF_8));
        assertThat(replay.released()).hasSize(stream.length() - "]\n\n".length());
      }
    }
  }

  @Test
  void anthropicStream_withUsageOnlyAtItsBeginning_isNotFinal() {
    String start =
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n";
    String[] endings = {
      "",
      "data: {\"type\":\"message_delta\",\"usage\":{}}\n\n",
      "data: {\"type\":\"message_delta\",\"usage\":null}\n\n",
      "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":7",
      "data: {\"type\":\"message_stop\"}\n\n",
    };
    for (String ending : endings) {
      UsageExtractor extractor = stream(ApiFormat.ANTHROPIC, false, start + ending).extractor();
      assertThat(extractor.usage()).isEqualTo(usage(5, 0, 0, 1));
      assertThat(extractor.isFinal()).as(ending).isFalse();
    }
    String delta = "data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":7}";
    assertThat(stream(ApiFormat.ANTHROPIC, false, start + delta).extractor().isFinal()).isTrue();
  }

  @Test
  void stream_withoutUsage_isNotFinal() {
    assertThat(UsageExtractor.forEventStream(ApiFormat.OPENAI, false).isFinal()).isFalse();
    assertThat(stream(ApiFormat.OPENAI, false, "data: [DONE]\n\n").extractor().isFinal()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OPENAI    | true  | data: {\"error\":{\"code\":\"1305\"}}",
        "OPENAI    | true  | data: {\"error\":\"busy\"}",
        "OPENAI    | true  | data: {\"type\":\"error\",\"code\":\"server_error\"}",
        "OPENAI    | true  | data: {\"type\":\"response.failed\",\"response\":{}}",
        "OPENAI    | true  | event: error~data: {}",
        "OPENAI    | false | data: {\"error\":null}",
        "OPENAI    | false | data: {\"response\":{\"error\":{\"code\":\"x\"}}}",
        "OPENAI    | false | data: {\"choices\":[{\"error\":{}}]}",
        "OPENAI    | false | data: {\"type\":\"response.incomplete\"}",
        "ANTHROPIC | true  | event: error~data: {\"message\":\"x\"}",
        "ANTHROPIC | true  | data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}",
        "ANTHROPIC | true  | data: {\"error\":{\"code\":\"1302\"}}",
        "ANTHROPIC | false | data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"error\"}}",
        "ANTHROPIC | false | event: errors~data: {}",
      })
  void stream_failed_goesByItsEvents(ApiFormat format, boolean failed, String event) {
    byte[] body = (event.replace('~', '\n') + "\n\ndata: {}\n\n").getBytes(UTF_8);
    for (int split = 0; split <= body.length; split++) {
      Replay replay = new Replay(UsageExtractor.forEventStream(format, false), false);
      assertThat(replay.splitAt(body, split).extractor().failed()).isEqualTo(failed);
    }
  }

  @Test
  void anthropicStream_withItsEndInTheText_hasNotEnded() {
    assertThat(
            stream(ApiFormat.ANTHROPIC, false, "data: {\"delta\":{\"text\":\"message_stop\"}}\n\n")
                .ended())
        .isFalse();
  }

  @Test
  void stream_numbersOnDifferentDataLines_doNotRunTogether() {
    assertThat(
            stream(ApiFormat.OPENAI, false, "data: {\"usage\":{\"prompt_tokens\":1\ndata:2}}\n\n")
                .extractor()
                .usage())
        .isNull();
    assertThat(
            stream(
                    ApiFormat.OPENAI,
                    false,
                    "data: {\"usage\":{\"prompt_tokens\":1\ndata\ndata:}}\n\n")
                .extractor()
                .usage())
        .isEqualTo(usage(1, 0, 0, 0));
  }

  @Test
  void responsesStream_completedEventOfMegabytes_isNotHeld() {
    byte[] stream =
        ("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[\""
                + "x".repeat(3_000_000)
                + "\"],\"usage\":{\"input_tokens\":8,\"output_tokens\":9}}}\n\n")
            .getBytes(UTF_8);
    Replay replay = new Replay(UsageExtractor.forEventStream(ApiFormat.OPENAI, false), true);
    replay.inPartsOf(stream, 16_000);
    assertThat(replay.allIdentical()).isTrue();
    assertThat(replay.extractor().usage()).isEqualTo(usage(8, 0, 0, 9));
    assertThat(replay.released()).hasSize(stream.length - "}\n\n".length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":3}}\n\n",
        "data: {\"choices\":null,\"usage\":{\"prompt_tokens\":3}}\n\n",
        "data: {\"usage\":{\"prompt_tokens\":3}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3},\"error\":{\"code\":\"1305\"}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}\n\n",
        "data: {\"x\":{\"choices\":[],\"usage\":{\"prompt_tokens\":3}}}\n\n",
        "data: [DONE]\n\n",
        "choices: []\n\n",
        ": {\"choices\":[],\"usage\":{}}\n\n",
        "\n\n\n",
        "\r\r\n\n"
      })
  void hiding_eventThatIsNotTheUsageChunk_passes(String event) {
    String stream = USAGE_CHUNK + event + USAGE_CHUNK;
    for (int size = 1; size < 9; size++) {
      Replay replay = new Replay(UsageExtractor.forEventStream(ApiFormat.OPENAI, true), false);
      assertThat(new String(replay.inPartsOf(stream.getBytes(UTF_8), size).forwarded(), UTF_8))
          .isEqualTo(event);
    }
  }

  @Test
  void hiding_eventOfMegabytesThatShowsNothing_isReleased() {
    String stream =
        "data: {\"x\":\""
            + "y".repeat(200_000)
            + "\",\"choices\":[],\"usage\":{}}\n\n"
            + USAGE_CHUNK;
    Replay replay = new Replay(UsageExtractor.forEventStream(ApiFormat.OPENAI, true), false);
    replay.inPartsOf(stream.getBytes(UTF_8), 4096);
    assertThat(new String(replay.forwarded(), UTF_8))
        .isEqualTo(stream.substring(0, stream.indexOf(USAGE_CHUNK)));
  }

  @Test
  void hiding_chunkWithText_isReleasedAsSoonAsChoicesShowIt() {
    UsageExtractor extractor = UsageExtractor.forEventStream(ApiFormat.OPENAI, true);
    assertThat(extractor.read(bytes("data: {\"id\":\"a\",\"choices\":[")).remaining()).isZero();
    assertThat(text(extractor.read(bytes("{\"delta\":"))))
        .isEqualTo("data: {\"id\":\"a\",\"choices\":[{\"delta\":");
    ByteBuffer rest = bytes("{\"content\":\"b\"}}]}\n\n");
    assertThat(extractor.read(rest)).isSameAs(rest);
  }

  @Test
  void hiding_wholeChunkAlone_forwardsNothing() {
    UsageExtractor extractor = UsageExtractor.forEventStream(ApiFormat.OPENAI, true);
    assertThat(extractor.read(bytes(USAGE_CHUNK)).remaining()).isZero();
    assertThat(extractor.finish().remaining()).isZero();
    assertThat(extractor.usage()).isEqualTo(usage(3, 0, 0, 4));
  }

  @Test
  void hiding_lastChunkWithoutItsBlankLine_isStillHidden() {
    Replay replay = stream(ApiFormat.OPENAI, true, USAGE_CHUNK.stripTrailing());
    assertThat(replay.forwarded()).isEmpty();
  }

  @Test
  void outputBytes_ofAStream_countsGeneratedTextOnly() {
    UsageExtractor chat = UsageExtractor.forEventStream(ApiFormat.OPENAI, false);
    chat.read(
        bytes(
            "data: {\"id\":\"chatcmpl-1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"));
    assertThat(chat.outputBytes()).isEqualTo(5);
    UsageExtractor responses = UsageExtractor.forEventStream(ApiFormat.OPENAI, false);
    responses.read(
        bytes("data: {\"type\":\"response.output_text.delta\",\"item_id\":\"x\",\"delta\":\"Hel"));
    responses.read(
        bytes("lo\"}\n\ndata: {\"type\":\"response.output_text.done\",\"text\":\"Hello\"}\n\n"));
    assertThat(responses.outputBytes()).isEqualTo(5);
    UsageExtractor messages = UsageExtractor.forEventStream(ApiFormat.ANTHROPIC, false);
    messages.read(
        bytes(
            "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n"));
    assertThat(messages.outputBytes()).isEqualTo("text_delta".length() + 5);
  }

  @Test
  void read_ofAReadOnlyPart_works() {
    UsageExtractor extractor = UsageExtractor.forJson(ApiFormat.OPENAI);
    ByteBuffer part = bytes("{\"usage\":{\"prompt_tokens\":6}}").asReadOnlyBuffer();
    assertThat(extractor.read(part)).isSameAs(part);
    assertThat(extractor.usage()).isEqualTo(usage(6, 0, 0, 0));
  }

  private static @Nullable TokenUsage json(ApiFormat format, String body, int partSize) {
    Replay replay = new Replay(UsageExtractor.forJson(format), false);
    return replay.inPartsOf(body.getBytes(UTF_8), partSize).extractor().usage();
  }

  private static Replay stream(ApiFormat format, boolean hide, String body) {
    return new Replay(UsageExtractor.forEventStream(format, hide), true)
        .whole(body.getBytes(UTF_8));
  }

  private static @Nullable TokenUsage anthropic(String start, String delta) {
    String stream =
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{%s}}}\n\ndata: {\"type\":\"message_delta\",\"usage\":{%s}}\n\n"
            .formatted(start, delta);
    return stream(ApiFormat.ANTHROPIC, false, stream).extractor().usage();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String text(ByteBuffer buffer) {
    return UTF_8.decode(buffer.duplicate()).toString();
  }
}
