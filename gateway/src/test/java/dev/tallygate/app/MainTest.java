package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.config.ConfigLoader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void version_isPrinted() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).matches("Tallygate \\d+\\.\\d+\\.\\d+\\S* \\(Java 25\\S*\\)\\R");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void help_listsTheCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("serve ", "config ", "--version");
  }

  @Test
  void helpOfServe_listsAFlagForEverySettingButSecrets() {
    assertThat(run("serve", "--help")).isZero();
    assertThat(out.toString())
        .contains("Usage: tallygate serve", "--port=<n>", "--cache-ttl-ms=<ms>", "(300000)")
        .doesNotContain("--zai-api-key");
  }

  @ParameterizedTest
  @CsvSource({
    "sevre, 'tallygate: no such command: sevre; did you mean serve?'",
    "frobnicate, 'tallygate: no such command: frobnicate'",
    "--vresion, 'tallygate: no such flag: --vresion; did you mean --version?'",
    "config, 'tallygate config: a command is missing'",
    "config chekc, 'tallygate config: no such command: chekc; did you mean check?'",
    "config check --port, 'tallygate config check: Missing required parameter'",
  })
  void commandLineNotUnderstood_exits64(String line, String message) {
    assertThat(run(line.split(" "))).isEqualTo(64);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).startsWith(message).contains("--help' for what there is.");
  }

  @Test
  void noCommand_exits64() {
    assertThat(run()).isEqualTo(64);
    assertThat(err.toString()).startsWith("tallygate: a command is missing");
  }

  @Test
  void configCheck_printsEverySettingAndItsOrigin() {
    environment.putAll(Map.of("ZAI_API_KEY", "sk-secret", "CACHE_ENABLED", "OFF"));
    assertThat(run("config", "check", "--port", "0")).isZero();
    assertThat(out.toString().lines().map(line -> line.replaceAll(" +", " ")))
        .hasSize(ConfigLoader.settings().size())
        .contains(
            "PORT 0 flag",
            "CACHE_ENABLED false environment",
            "ZAI_API_KEY *** environment",
            "HOST 0.0.0.0 default",
            "UPSTREAM_CA_FILE (not set) default");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void configCheck_printsWarningsBeside() {
    assertThat(run("config", "check")).isZero();
    assertThat(err.toString()).startsWith("Warning: ZAI_API_KEY is not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "config check"})
  void configurationWithMistakes_listsThemAndExits78(String command) {
    environment.putAll(Map.of("PORT", "x", "CACHE_LOG_LEVEL", "debgu"));
    assertThat(run((command + " --lgo-level debug --transport=epol").split(" "))).isEqualTo(78);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .containsExactly(
            "The configuration has 4 mistakes:",
            "  --lgo-level: no such flag; did you mean --log-level?",
            "  PORT=x (environment): expected a whole number from 0 to 65535",
            "  --transport=epol (flag): expected auto, io_uring, epoll or nio; did you mean epoll?",
            "  CACHE_LOG_LEVEL=debgu (environment): expected none, info or debug; did you mean"
                + " debug?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "serve --log-level=info"})
  void mistakeInTheEnvironment_isReportedAlike_withFlagsAndWithout(String command) {
    environment.put("PORT", "x");
    assertThat(run(command.split(" "))).isEqualTo(78);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .containsExactly(
            "The configuration has a mistake:",
            "  PORT=x (environment): expected a whole number from 0 to 65535");
  }

  @Test
  void error_endsIt_andIsTold() {
    PrintWriter broken =
        new PrintWriter(new StringWriter()) {
          @Override
          public void write(String text, int from, int length) {
            throw new NoClassDefFoundError("gone");
          }
        };
    ConfigLoader loader = new ConfigLoader(environment, folder);
    assertThat(Main.run(loader, broken, new PrintWriter(err, true), "--version")).isEqualTo(70);
    assertThat(err.toString()).contains("This is a bug in Tallygate:", "gone");
  }

  private int run(String... args) {
    ConfigLoader loader = new ConfigLoader(environment, folder);
    return Main.run(loader, new PrintWriter(out), new PrintWriter(err), args);
  }
}
