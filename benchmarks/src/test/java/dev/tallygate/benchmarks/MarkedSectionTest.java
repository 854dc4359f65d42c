package dev.tallygate.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedSectionTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @Test
  void replacing_keepsWhatIsAround() throws IOException {
    Path file = folder.resolve("a.md");
    Files.writeString(
        file,
        """
        Before.

        <!-- results: begin, written by bin/a -->
        old
        <!-- results: end -->

        After.
        """);
    MarkedSection section = MarkedSection.read(file, "A", "bin/a");
    assertThat(section.present()).contains("old");
    section.replace("new\n");
    assertThat(file)
        .hasContent(
            """
            Before.

            <!-- results: begin, written by bin/a -->
            new
            <!-- results: end -->

            After.
            """);
  }

  @Test
  void missingFile_isMadeWithAHeading() throws IOException {
    Path file = folder.resolve("a.md");
    MarkedSection section = MarkedSection.read(file, "A", "bin/a");
    assertThat(section.present()).isEmpty();
    section.replace("new\n");
    assertThat(file)
        .hasContent(
            "# A\n\n<!-- results: begin, written by bin/a -->\nnew\n<!-- results: end -->\n");
  }

  @Test
  void endBeforeBegin_isNoSection() throws IOException {
    Path file = folder.resolve("a.md");
    String text = "<!-- results: end -->\n<!-- results: begin, written by bin/a -->\n";
    Files.writeString(file, text);
    MarkedSection.read(file, "A", "bin/a").replace("new\n");
    assertThat(Files.readString(file)).startsWith(text).contains("new\n");
  }
}
