package dev.tallygate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps the table in the README the same as the table in the code. */
class ConfigurationDocTest {
  private static final String BEGIN = "<!-- settings: begin, written by ConfigurationDocTest -->\n";
  private static final String END = "<!-- settings: end -->\n";

  @Test
  void table_isCurrent() throws IOException {
    Path file = Path.of(System.getProperty("tallygate.root", ".."), "README.md").normalize();
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    assertThat(begin).isGreaterThan(BEGIN.length());
    assertThat(end).isGreaterThanOrEqualTo(begin);
    if (Boolean.getBoolean("docs.write")) {
      text = text.substring(0, begin) + table() + text.substring(end);
      Files.writeString(file, text);
      end = text.indexOf(END);
    }
    assertThat(text.substring(begin, end))
        .as("README.md; ./build -Dtest=ConfigurationDocTest -Ddocs.write=true mends it")
        .isEqualTo(table());
  }

  @Test
  void reloadableSettings_areThoseThatAreNamed() throws IOException {
    Path file =
        Path.of(System.getProperty("tallygate.root", ".."), "docs/configuration.md").normalize();
    String begin = "in force at once: ";
    String text = Files.readString(file).replace('\n', ' ');
    int from = text.indexOf(begin) + begin.length();
    assertThat(text.substring(from, text.indexOf('.', from)))
        .isEqualTo(
            Settings.ALL.stream()
                .filter(Setting::reloadable)
                .map(setting -> "`" + setting.name() + "`")
                .collect(Collectors.joining(", ")));
  }

  private static String table() {
    return "| Variable | Default | Allowed | What it does |\n|---|---|---|---|\n"
        + Settings.ALL.stream().map(ConfigurationDocTest::row).collect(Collectors.joining());
  }

  private static String row(Setting<?> setting) {
    String text = setting.defaultText();
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            setting.name(),
            text == null ? "not set" : "`" + text + "`",
            setting.allowed().replace("*", "`*`"),
            setting.description().replace("*", "`*`"));
  }
}
