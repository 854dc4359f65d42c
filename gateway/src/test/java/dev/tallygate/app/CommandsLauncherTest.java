package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.app.Launcher.Ended;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command once by the real launcher, as a script runs it: {@code serve} and {@code demo} have
 * tests of their own.
 */
@Timeout(120)
class CommandsLauncherTest {
  @TempDir Path temp;
  private Path home;
  private Launcher tallygate;
  private Path launcher;

  @BeforeEach
  void install() throws IOException {
    launcher = Launcher.install(Files.createDirectory(temp.resolve("home")));
    home = Files.createDirectory(temp.resolve("work"));
    tallygate = new Launcher(home);
  }

  private String well(String... args) throws Exception {
    Ended ended = tallygate.run(launcher, args);
    assertThat(ended.code()).as(ended.err()).isZero();
    assertThat(ended.out()).doesNotContain("\u001b", "FileKeyStore");
    return ended.out();
  }

  @Test
  void secretThatCannotBeWritten_isToldAndFails() throws Exception {
    Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/full")), "no /dev/full here");
    Ended ended =
        tallygate.run(
            Path.of("/bin/sh"),
            "-c",
            "exec \"$0\" keys create --name Full > /dev/full",
            launcher.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.err()).contains("its secret could not be written", "keys rotate");
    assertThat(tallygate.run(launcher, "keys", "list").out()).contains("Full");
  }

  @Test
  void keyCommands_onTheFile_whileAGatewayRuns_areInForceAtOnce() throws Exception {
    Path data = Files.createDirectory(home.resolve("data"));
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway = RunningGateway.start(data, upstream, Map.of())) {
      tallygate.environment.put("ZAI_API_KEY", "set");
      upstream.always(Answers.chatCompletion(3, 4));
      String secret = well("keys", "create", "--name", "Ada", "--limit", "1000").strip();
      assertThat(GatewaySecret.isMalformed(secret)).isFalse();
      awaitStatus(200, gateway, secret);
      assertThat(well("keys", "list"))
          .containsPattern("k_[0-9a-f]{12} +Ada +active +default +1,000");
      assertThat(well("keys", "show", "Ada")).contains("only its digest is kept");
      well("keys", "update", "Ada", "--models", "m1,m2");
      well("keys", "disable", "Ada");
      awaitStatus(403, gateway, secret);
      well("keys", "enable", "Ada");
      String rotated = well("keys", "rotate", "Ada", "--grace", "0").strip();
      awaitStatus(401, gateway, secret);
      awaitStatus(200, gateway, rotated);
      assertThat(well("usage", "--format", "json")).contains("\"requests\":2,\"input\":6");
      well("keys", "revoke", "Ada");
      awaitStatus(401, gateway, rotated);
      assertThat(
              well(
                  "doctor",
                  "--openai-upstream-url=" + upstream.uri("/"),
                  "--anthropic-upstream-url=" + upstream.uri("/"),
                  "--transport=nio"))
          .contains("runs one on this data folder");
    }
  }

  /** The gateway looks at the file every quarter of a second. */
  private static void awaitStatus(int status, RunningGateway gateway, String secret) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            Http.post(
                        gateway.uri("/v1/chat/completions"),
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                        "authorization",
                        "Bearer " + secret)
                    .status()
                == status);
  }

  @Test
  void importAndHash_ofALegacyFile() throws Exception {
    Path old =
        Files.writeString(
            home.resolve("old.json"),
            """
            {"keys":[{"key":"pk_1","name":"One","token_limit_per_5h":1,"expiry_date":"2099-01-01T00:00:00Z"}]}
            """);
    assertThat(well("keys", "import", "old.json")).matches("k_[0-9a-f]{12}\n");
    assertThat(well("keys", "hash", "--data-file", "old.json", "--yes"))
        .matches("k_[0-9a-f]{12}\n");
    assertThat(Files.readString(old)).doesNotContain("pk_1");
  }

  @Test
  void completion_isAScriptThatBashUnderstands() throws Exception {
    Path script = Files.writeString(temp.resolve("completion"), well("completion", "bash"));
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "complete() { :; }; compopt() { :; }; . \"$0\"; COMP_WORDS=(tallygate keys ro);"
                    + " COMP_CWORD=2; _complete_tallygate; echo \"${COMPREPLY[@]}\"",
                script.toString())
            .start();
    assertThat(bash.inputReader().readLine()).isEqualTo("rotate");
    assertThat(bash.waitFor()).isZero();
    assertThat(tallygate.run(launcher, "completion", "fish").code()).isEqualTo(64);
  }

  @Test
  void configCheck_andMistakes_haveTheirExitCodes() throws Exception {
    assertThat(well("config", "check")).contains("DATA_FILE");
    tallygate.environment.put("PORT", "x");
    assertThat(tallygate.run(launcher, "keys", "list").code()).isEqualTo(78);
    assertThat(tallygate.run(launcher, "doctor").code()).isEqualTo(1);
    assertThat(tallygate.run(launcher, "keys", "lst").code()).isEqualTo(64);
  }
}
