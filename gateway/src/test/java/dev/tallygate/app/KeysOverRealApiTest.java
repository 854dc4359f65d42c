package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.CommandLineUnderTest.Said;
import dev.tallygate.app.Launcher.Ended;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RunningGateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands with {@code --server}, on a gateway that serves: what they do counts at once. */
@Timeout(120)
class KeysOverRealApiTest {
  private static final String TOKEN = "a-token-of-some-length";

  @TempDir Path folder;
  private CommandLineUnderTest tallygate;
  private FakeUpstream upstream;
  private RunningGateway gateway;

  @BeforeEach
  void setUp() throws Exception {
    upstream = FakeUpstream.start();
    upstream.always(Answers.chatCompletion(3, 4));
    Path data = Files.createDirectory(folder.resolve("of-the-gateway"));
    gateway = RunningGateway.start(data, upstream, Map.of("ADMIN_TOKEN", TOKEN));
    tallygate = new CommandLineUnderTest(folder);
    tallygate.environment.put("ADMIN_TOKEN", TOKEN);
  }

  @AfterEach
  void tearDown() throws Exception {
    gateway.close();
    upstream.close();
  }

  private String server() {
    return "--server=" + gateway.managementUri("");
  }

  private Said run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add(server());
    return tallygate.run(all.toArray(String[]::new));
  }

  private int call(String secret) throws Exception {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
            "authorization",
            "Bearer " + secret)
        .status();
  }

  @Test
  void aKeysLife() throws Exception {
    String secret = run("keys", "create", "--name=Ada", "--limit=1000").well().out().strip();
    assertThat(call(secret)).isEqualTo(200);
    JsonNode key = run("keys", "list", "--format=json").well().json().get(0);
    assertThat(key.get("usage").get("used").asLong()).isEqualTo(7);
    assertThat(run("keys", "show", "Ada").well().out())
        .containsPattern("remaining +993 tokens")
        .containsPattern("model +the gateway's default");
    run("keys", "update", "Ada", "--model=m", "--rpm=9", "--expires=90d").well();
    assertThat(run("keys", "update", "Ada", "--no-model", "--format=json").well().json().toString())
        .contains("\"model\":null", "\"requests_per_minute\":9");
    run("keys", "disable", "Ada").well();
    assertThat(call(secret)).isEqualTo(403);
    assertThat(run("keys", "show", "Ada").well().out())
        .containsPattern("20\\S+Z +403 +key_disabled +/v1/chat/completions");
    run("keys", "enable", key.get("id").asString()).well();
    String second = run("keys", "rotate", "Ada", "--grace=1h").well().out().strip();
    assertThat(call(secret)).isEqualTo(200);
    assertThat(call(second)).isEqualTo(200);
    run("cache", "clear").well();
    run("cache", "invalidate", key.get("id").asString()).well();
    assertThat(run("cache", "show", "--format=json").well().json().get("enabled").asBoolean())
        .isTrue();
    assertThat(run("usage", "--by=key", "--format=csv").well().out())
        .contains("\r\n" + key.get("id").asString() + ",3,9,0,0,12,21,0,");
    run("keys", "revoke", "Ada").well();
    assertThat(call(second)).isEqualTo(401);
    assertThat(run("keys", "revoke", "Ada").code()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void importedKeys_work_andWhatIsThereIsNamed() throws Exception {
    Path old =
        Files.writeString(
            folder.resolve("old.json"),
            """
            {"keys": [
              {"key": "pk_one", "name": "One", "models": ["a", "b"], "token_limit_per_5h": 100,
               "expiry_date": "2099-01-01T00:00:00Z", "glmkey": "up"},
              {"key": "pk_off", "name": "Off", "token_limit_per_5h": 100, "disabled": true,
               "expiry_date": "2099-01-01T00:00:00Z"},
              {"key": "pk_old", "name": "Old", "token_limit_per_5h": 100,
               "expiry_date": "2020-01-01T00:00:00Z"}
            ]}
            """);
    assertThat(run("keys", "import", old.toString()).well().lines()).hasSize(3);
    assertThat(call("pk_one")).isEqualTo(200);
    assertThat(upstream.requests().getLast().header("authorization")).isEqualTo("Bearer up");
    assertThat(call("pk_off")).isEqualTo(403);
    assertThat(call("pk_old")).isEqualTo(403);
    assertThat(run("keys", "import", old.toString()).well().err()).contains("0 added, 3 skipped.");
  }

  @Test
  void refusals_areToldInTheGatewaysWords() {
    run("keys", "create", "--name=Ada").well();
    run("keys", "rotate", "Ada", "--grace=1h").well();
    Said bad = run("keys", "rotate", "Ada", "--grace=1h");
    assertThat(bad.code()).isEqualTo(ExitCode.FAILED);
    assertThat(bad.err()).contains("two secrets at most; say --end-previous if");
    run("keys", "rotate", "Ada", "--grace=1h", "--end-previous").well();
    tallygate.environment.put("ADMIN_TOKEN", "another-token-altogether");
    assertThat(run("keys", "list").err()).contains("does not take this ADMIN_TOKEN");
  }

  @Test
  void byTheRealLauncher() throws Exception {
    Path launcher = Launcher.install(Files.createDirectory(folder.resolve("home")));
    Launcher process = new Launcher(Files.createDirectory(folder.resolve("work")));
    process.environment.put("ADMIN_TOKEN", TOKEN);
    String id = run("keys", "create", "--name=Bob", "--format=json").json().get("id").asString();
    for (String command :
        List.of(
            "keys create --name Ada",
            "keys list",
            "usage",
            "cache show",
            "cache clear",
            "cache invalidate " + id)) {
      List<String> args = new ArrayList<>(List.of(command.split(" ")));
      args.add(server());
      Ended ended = process.run(launcher, args.toArray(String[]::new));
      assertThat(ended.code()).as(command + ended.err()).isZero();
      assertThat(ended.out() + ended.err()).as(command).isNotEmpty().doesNotContain(TOKEN);
    }
  }
}
