package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.config.ConfigLoader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tallygate} within this process, for a script: no terminal. */
final class CommandLineUnderTest {
  final Map<String, String> environment = new HashMap<>();
  private final Path folder;

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

  Said run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ConfigLoader loader = new ConfigLoader(environment, folder);
    int code = Main.run(loader, new PrintWriter(out), new PrintWriter(err), args);
    return new Said(code, out.toString(), err.toString());
  }
}
