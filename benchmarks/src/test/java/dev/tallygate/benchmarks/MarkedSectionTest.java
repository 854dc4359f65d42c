package dev.tallygate.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
  void replacingTwice_leavesOneSection() throws IOException {
    Path file = folder.resolve("a.md");
    Files.writeString(file, "The mark <!-- results: end --> ends it.\n\nNo end of line");
    MarkedSection.read(file, "A", "bin/a").replace("old\n");
    MarkedSection.read(file, "A", "bin/a").replace("new\n");
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            The mark <!-- results: end --> ends it.

            No end of line
            <!-- results: begin, written by bin/a -->
            new
            <!-- results: end -->
            """);
  }

  @Test
  void beginWithoutEnd_isRefused() throws IOException {
    Path file = folder.resolve("a.md");
    String text = "<!-- results: end -->\n<!-- results: begin, written by bin/a -->\n";
    Files.writeString(file, text);
    assertThatThrownBy(() -> MarkedSection.read(file, "A", "bin/a"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.md");
    assertThat(file).hasContent(text);
  }
}
