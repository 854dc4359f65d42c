package dev.tallygate.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Fuzz;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whatever the stream and however it is cut: it says what the standard says that it does. */
public class SseScannerFuzzTest {
  @Test
  void anyStream_cutAnywhere_saysWhatTheStandardSays() throws IOException {
    Fuzz.briefly(
        getClass(),
        SseScannerFuzzTest::fuzzerTestOneInput,
        8000,
        "fuzz/streams",
        "fuzz/answers",
        "golden");
  }

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> expected = ServerSentEvents.read(input);
    assertThat(read(input, new int[] {0, input.length})).as("whole").isEqualTo(expected);
    assertThat(read(input, Fuzz.cuts(input))).as("cut").isEqualTo(expected);
    assertThat(read(input, IntStream.rangeClosed(0, input.length).toArray()))
        .as("byte by byte")
        .isEqualTo(expected);
  }

  private static List<String> read(byte[] input, int[] cuts) {
    Recorder recorder = new Recorder();
    SseScanner scanner = new SseScanner(recorder);
    for (int part = 1; part < cuts.length; part++) {
      // Copied, so that whoever looks beyond the part does not find the next one.
      byte[] bytes = Arrays.copyOfRange(input, cuts[part - 1], cuts[part]);
      for (int at = 0; at < bytes.length; ) {
        int next = scanner.scan(bytes, at, bytes.length);
        SseScanner.Stop stop = scanner.stop();
        boolean isRight =
            switch (stop) {
              case INPUT -> next == bytes.length;
              case EVENT -> next > at && "\r\n".indexOf(bytes[scanner.emptyLine()]) >= 0;
              case LINE_FEED -> next == at + 1 && bytes[at] == '\n';
            };
        if (!isRight) {
          throw new AssertionError("%s: from %d to %d".formatted(stop, at, next));
        }
        if (stop == SseScanner.Stop.EVENT) {
          recorder.line("end");
        }
        at = next;
      }
    }
    return recorder.told();
  }

  private static final class Recorder implements SseScanner.Sink {
    private final List<StringBuilder> lines = new ArrayList<>();

    void line(String begin) {
      lines.add(new StringBuilder(begin));
    }

    List<String> told() {
      return lines.stream().map(StringBuilder::toString).toList();
    }

    @Override
    public void dataLine() {
      line("data:");
    }

    @Override
    public void data(byte[] bytes, int from, int to) {
      lines.getLast().append(new String(bytes, from, to - from, ISO_8859_1));
    }

    @Override
    public void nameLine() {
      line("event:");
    }

    @Override
    public void name(byte[] bytes, int from, int to) {
      data(bytes, from, to);
    }
  }
}
