package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.app.cli.Terminal;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.model.Ticker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tallygate} within this process: for a script, unless a test puts a person there. */
final class CommandLineUnderTest {
  final Map<String, String> environment = new HashMap<>();
  private final Path folder;
  private Terminal terminal = Terminal.NONE;

  /**
   * In a folder of its own.
   *
   * @param folder what relative paths of settings begin at
   */
  CommandLineUnderTest(Path folder) {
    this.folder = folder;
  }

  /** What it said, and its exit code. */
  record Said(int code, String out, String err) {
    /** Checks that all went well. */
    Said well() {
      assertThat(code).as(err).isZero();
      return this;
    }

    List<String> lines() {
      return out.lines().toList();
    }

    JsonNode json() {
      return JsonMapper.shared().readTree(out);
    }
  }

  /**
   * Puts a person at a terminal with colours.
   *
   * @param questions takes what they are asked, and has their answer
   */
  void person(Predicate<String> questions) {
    terminal =
        new Terminal() {
          @Override
          public boolean isInteractive() {
            return true;
          }

          @Override
          public boolean hasColours() {
            return true;
          }

          @Override
          public boolean confirms(String question) {
            return questions.test(question);
          }
        };
  }

  Said run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ConfigLoader loader = new ConfigLoader(environment, folder);
    Surroundings around = new Surroundings(loader, Ticker.system(), terminal, () -> {});
    int code = Main.run(around, new PrintWriter(out), new PrintWriter(err), args);
    return new Said(code, out.toString(), err.toString());
  }
}
