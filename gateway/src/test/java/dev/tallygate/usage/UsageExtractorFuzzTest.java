package dev.tallygate.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.testkit.Fuzz;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever the answer: how it is cut changes nothing of what is read from it, forwarded and held
 * back, and of a document the usage is the one that its tree shows.
 */
public class UsageExtractorFuzzTest {
  /** What one pass over an answer came to; bytes as text, to be compared. */
  private record Pass(
      @Nullable TokenUsage usage,
      boolean isFinal,
      boolean failed,
      long outputBytes,
      boolean ended,
      String forwarded,
      String released) {
    static Pass of(Replay replay) {
      UsageExtractor extractor = replay.extractor();
      return new Pass(
          extractor.usage(),
          extractor.isFinal(),
          extractor.failed(),
          extractor.outputBytes(),
          replay.ended(),
          text(replay.forwarded()),
          text(replay.released()));
    }
  }

  @Test
  void anyAnswer_cutAnywhere_isReadTheSame() throws IOException {
    Fuzz.briefly(
        getClass(),
        UsageExtractorFuzzTest::fuzzerTestOneInput,
        1500,
        "fuzz/answers",
        "fuzz/streams",
        "golden");
  }

  @Test
  void deepAnswer_isReadInPlace() {
    for (String level :
        List.of("[", "{\"usage\":", "{\"response\":{\"usage\":", "data: {\"a\":[")) {
      fuzzerTestOneInput(level.repeat(5_000).getBytes(UTF_8));
    }
  }

  public static void fuzzerTestOneInput(byte[] input) {
    for (ApiFormat format : ApiFormat.values()) {
      Pass json = check(input, () -> UsageExtractor.forJson(format));
      assertThat(json.released).isEqualTo(text(input));
      checkAgainstTree(input, format);
      Pass stream = check(input, () -> UsageExtractor.forEventStream(format, false));
      assertThat(stream.forwarded).isEqualTo(text(input));
      Pass hiding = check(input, () -> UsageExtractor.forEventStream(format, true));
      assertThat(hiding.usage).as("whether a chunk is hidden").isEqualTo(stream.usage);
      assertThat(hiding.ended).isEqualTo(stream.ended);
      assertThat(hiding.forwarded.length()).isLessThanOrEqualTo(input.length);
    }
  }

  private static Pass check(byte[] input, Supplier<UsageExtractor> extractor) {
    Pass whole = Pass.of(new Replay(extractor.get(), false).whole(input));
    assertThat(Pass.of(inParts(input, extractor))).as("cut").isEqualTo(whole);
    if (input.length < 500) {
      assertThat(Pass.of(new Replay(extractor.get(), false).inPartsOf(input, 1)))
          .as("byte by byte")
          .isEqualTo(whole);
    }
    return whole;
  }

  private static Replay inParts(byte[] input, Supplier<UsageExtractor> extractor) {
    int[] cuts = Fuzz.cuts(input);
    boolean direct = cuts.length < 50; // making such buffers takes time
    Replay replay = new Replay(extractor.get(), direct);
    for (int part = 1; part < cuts.length; part++) {
      replay.feed(input, cuts[part - 1], cuts[part]);
    }
    return replay.finish();
  }

  /** Of what is an object: written anew, so that each name is there once and as it is spelled. */
  private static void checkAgainstTree(byte[] input, ApiFormat format) {
    try {
      JsonNode tree = JsonMapper.shared().readTree(input);
      if (tree instanceof ObjectNode object) {
        Replay replay = new Replay(UsageExtractor.forJson(format), false);
        replay.whole(object.toString().getBytes(UTF_8));
        assertThat(replay.extractor().usage()).isEqualTo(TreeUsage.of(object, format));
      }
    } catch (JacksonException e) {
      // no document
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }
}
