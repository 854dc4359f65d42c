package dev.tallygate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DotEnvTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "A=1|1",
        "  A = 1  |1",
        "export A=1|1",
        "A=|``",
        "A= # nothing|``",
        "A=one two # three|one two",
        "A=one#two|one#two",
        "A='one # two'|one # two",
        "A=\"one # two\" # three|one # two",
        "A='$HOME \\n'|$HOME \\n",
        "A=\"\\\"quoted\\\" \\\\ \\$x \\q\"|\"quoted\" \\ $x \\q",
        "A=a=b|a=b",
        "A=it's|it's",
      })
  void parse_value(String line, String value) {
    DotEnv parsed = DotEnv.parse(line);
    assertThat(parsed.mistakes()).isEmpty();
    assertThat(parsed.entries()).containsExactly(new DotEnv.Entry("A", value, 1));
  }

  @Test
  void parse_countsLines_whateverTheirEnds() {
    DotEnv parsed = DotEnv.parse("\uFEFF# comment\r\nA=1\r\n\r\nB=\"x\ny\"\nC=3\rD=4\n");
    assertThat(parsed.mistakes()).isEmpty();
    assertThat(parsed.entries())
        .containsExactly(
            new DotEnv.Entry("A", "1", 2),
            new DotEnv.Entry("B", "x\ny", 4),
            new DotEnv.Entry("C", "3", 6),
            new DotEnv.Entry("D", "4", 7));
  }

  @Test
  void parse_notesBadLinesAndGoesOn_withoutRepeatingThem() {
    DotEnv parsed = DotEnv.parse("sk-secret\nA='open-secret\nB=\"x\" secret\nC=3\n");
    assertThat(parsed.mistakes())
        .extracting(Mistake::toString)
        .containsExactly(
            ".env line 1: expected NAME=value, a comment or an empty line",
            ".env line 2: A has no closing '",
            ".env line 3: B has text after its closing \"");
    assertThat(parsed.entries()).containsExactly(new DotEnv.Entry("C", "3", 4));
  }

  @Test
  void in_withoutFileOrWithAFolder_isEmpty(@TempDir Path folder) throws IOException {
    assertThat(DotEnv.in(folder)).isEqualTo(DotEnv.parse(""));
    Files.createDirectory(folder.resolve(".env"));
    assertThat(DotEnv.in(folder)).isEqualTo(DotEnv.parse(""));
  }

  @Test
  void in_withOtherThanUtf8_isAMistake(@TempDir Path folder) throws IOException {
    Files.write(folder.resolve(".env"), new byte[] {'A', '=', (byte) 0xff});
    assertThat(DotEnv.in(folder).mistakes())
        .extracting(Mistake::toString)
        .containsExactly(".env: not UTF-8 text");
  }
}
