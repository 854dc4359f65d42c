package dev.tallygate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays the transcripts under {@code golden/}, split at every byte. */
class GoldenTranscriptTest {
  static List<Golden> streams() {
    return Golden.STREAMS;
  }

  static List<Golden> documents() {
    return Golden.DOCUMENTS;
  }

  static List<Golden> streamsWithHiddenChunk() {
    List<Golden> hiding = new ArrayList<>(Golden.STREAMS);
    hiding.removeIf(golden -> !golden.hasHidden());
    return hiding;
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_splitAtEveryByte_isForwardedAsItIs(Golden golden) {
    byte[] body = golden.bytes();
    for (boolean direct : new boolean[] {false, true}) {
      for (int split = 0; split <= body.length; split++) {
        Replay replay = stream(golden, false, direct).splitAt(body, split);
        checkEnding(replay, golden, body, "split at " + split);
        assertThat(replay.allIdentical()).isTrue();
      }
      checkEnding(stream(golden, false, direct).inPartsOf(body, 1), golden, body, "byte by byte");
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_splitAtEveryByte_losesOnlyTheHiddenChunk(Golden golden) {
    byte[] body = golden.bytes();
    byte[] hidden = golden.hidden();
    for (boolean direct : new boolean[] {false, true}) {
      for (int split = 0; split <= body.length; split++) {
        Replay replay = stream(golden, true, direct).splitAt(body, split);
        checkEnding(replay, golden, hidden, "split at " + split);
      }
      for (int size = 1; size < 8; size++) {
        Replay replay = stream(golden, true, direct).inPartsOf(body, size);
        checkEnding(replay, golden, hidden, "in parts of " + size);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_splitTwiceNearItsEnd_holdsTheSameBytes(Golden golden) {
    byte[] body = golden.bytes();
    int near = Math.max(0, body.length - 60);
    for (int first = near; first <= body.length; first++) {
      for (int second = first; second <= body.length; second++) {
        for (boolean hide : new boolean[] {false, true}) {
          Replay replay =
              stream(golden, hide, false)
                  .feed(body, 0, first)
                  .feed(body, first, second)
                  .feed(body, second, body.length)
                  .finish();
          checkEnding(
              replay,
              golden,
              hide ? golden.hidden() : body,
              "hiding %s, split at %d and %d".formatted(hide, first, second));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_cutAfterTheUpstreamsLastWord_isFinal(Golden golden) {
    byte[] body = golden.bytes();
    for (int cut = 0; cut <= body.length; cut++) {
      UsageExtractor extractor = stream(golden, false, false).feed(body, 0, cut).extractor();
      if (extractor.isFinal() && golden.format() == ApiFormat.ANTHROPIC) {
        assertThat(extractor.usage()).as("%s cut at %d", golden, cut).isEqualTo(golden.usage());
        assertThat(new String(body, 0, cut, StandardCharsets.UTF_8)).contains("message_delta");
      }
      if (golden.format() == ApiFormat.OPENAI) {
        assertThat(extractor.isFinal()).isEqualTo(extractor.usage() != null);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_withAnErrorEvent_hasFailed(Golden golden) {
    List<String> failing =
        List.of("openai-error.sse", "anthropic-error.sse", "responses-failed.sse");
    Replay replay = stream(golden, false, false).whole(golden.bytes());
    assertThat(replay.extractor().failed()).isEqualTo(failing.contains(golden.file()));
  }

  @ParameterizedTest
  @MethodSource("streams")
  void stream_readEventByEvent_isNotCopiedUntilSomethingIsHidden(Golden golden) {
    byte[] body = golden.bytes();
    Replay replay = stream(golden, true, false).whole(body);
    assertThat(replay.allIdentical()).isEqualTo(!golden.hasHidden());
  }

  @ParameterizedTest
  @MethodSource("streamsWithHiddenChunk")
  void stream_cutAnywhere_losesNothingButTheHiddenChunk(Golden golden) {
    String body = new String(golden.bytes(), StandardCharsets.ISO_8859_1);
    String hidden = new String(golden.hidden(), StandardCharsets.ISO_8859_1);
    for (int cut = 0; cut < body.length(); cut++) {
      Replay replay = stream(golden, true, false).feed(golden.bytes(), 0, cut).finish();
      String forwarded = new String(replay.forwarded(), StandardCharsets.ISO_8859_1);
      if (!hidden.startsWith(forwarded) || replay.extractor().usage() == null) {
        assertThat(forwarded).as("cut at %d", cut).isEqualTo(body.substring(0, cut));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void document_splitAtEveryByte_givesTheSameUsage(Golden golden) {
    byte[] body = golden.bytes();
    for (boolean direct : new boolean[] {false, true}) {
      for (int split = 0; split <= body.length; split++) {
        Replay replay =
            new Replay(UsageExtractor.forJson(golden.format()), direct).splitAt(body, split);
        check(replay, golden, body, "split at " + split);
        assertThat(replay.allIdentical()).isTrue();
        assertThat(replay.released()).isEqualTo(body);
        assertThat(replay.extractor().isFinal()).isEqualTo(golden.usage() != null);
      }
      Replay replay =
          new Replay(UsageExtractor.forJson(golden.format()), direct).inPartsOf(body, 1);
      check(replay, golden, body, "byte by byte");
    }
  }

  private static Replay stream(Golden golden, boolean hide, boolean direct) {
    return new Replay(UsageExtractor.forEventStream(golden.format(), hide), direct);
  }

  private static void check(Replay replay, Golden golden, byte[] forwarded, String how) {
    assertThat(replay.extractor().usage()).as("%s, %s", golden, how).isEqualTo(golden.usage());
    assertThat(replay.forwarded()).as("%s, %s", golden, how).isEqualTo(forwarded);
  }

  private static void checkEnding(Replay replay, Golden golden, byte[] forwarded, String how) {
    check(replay, golden, forwarded, how);
    assertThat(replay.ended()).as("%s, %s", golden, how).isEqualTo(golden.ends());
    assertThat(replay.released())
        .as("%s, %s", golden, how)
        .isEqualTo(Arrays.copyOf(forwarded, golden.beforeEnd(forwarded)));
    if (golden.ends()) {
      assertThat(replay.usageAtEnd()).as("%s, %s", golden, how).isEqualTo(golden.usage());
      assertThat(replay.finalAtEnd()).as("%s, %s", golden, how).isEqualTo(golden.usage() != null);
    }
  }
}
