package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.CommandLineUnderTest.Said;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.ledger.SqliteLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code tallygate keys …} on a key file. */
class KeysOnFileTest {
  @TempDir Path folder;
  private CommandLineUnderTest tallygate;
  private Path file;

  @BeforeEach
  void setUp() throws IOException {
    tallygate = new CommandLineUnderTest(folder);
    file = Files.createDirectory(folder.resolve("data")).resolve("apikeys.json");
  }

  /** A file of the predecessor: one key that was used an hour ago, and one that has expired. */
  private void legacy() throws IOException {
    Instant used = Instant.now().minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
    Files.writeString(
        file,
        """
        {"keys": [
          {"key": "pk_one", "name": "One", "note": 1.50, "token_limit_per_5h": 1000,
           "expiry_date": "2099-01-01T00:00:00Z", "total_lifetime_tokens": 77,
           "usage_windows": [{"window_start": "%s", "tokens_used": 902}]},
          {"key": "pk_two", "name": "Two", "token_limit_per_5h": 5, "expiry_date": "2020-01-01T00:00:00Z"}
        ]}
        """
            .formatted(used));
  }

  @Test
  void create_printsTheSecretAlone_andKeepsItsDigest() throws Exception {
    Said made =
        tallygate
            .run(
                "keys",
                "create",
                "--name=Ada",
                "--limit=5",
                "--expires=2099-01-31",
                "--rpm=3",
                "--max-concurrent=2",
                "--models=a, b",
                "--strict")
            .well();
    String secret = made.out().strip();
    assertThat(secret).matches("tg_[0-9A-Za-z]{36}");
    String id = ApiKey.defaultId(KeyDigest.of(secret));
    assertThat(made.err())
        .isEqualTo(
            "Key "
                + id
                + " (Ada) was made. The secret is not shown again: hand it over now.\n"
                + "There was no key file; "
                + file.toAbsolutePath()
                + " is new.\n");
    assertThat(Files.readString(file))
        .contains(KeyDigest.of(secret).toString(), "\"expiry_date\": \"2099-01-31T23:59:59.000Z\"")
        .doesNotContain(secret);
    JsonNode key = tallygate.run("keys", "show", "Ada", "--format=json").well().json();
    assertThat(key.toString())
        .contains(
            "\"models\":[\"a\",\"b\"]",
            "\"requests_per_minute\":3",
            "\"max_concurrent\":2",
            "\"quota_mode\":\"strict\"",
            "\"token_limit_per_5h\":5",
            "\"status\":\"active\"");
  }

  @Test
  void create_makesTheFolderForItsOwnerOnly() throws Exception {
    Files.delete(file.getParent());
    tallygate.run("keys", "create", "--name=Ada").well();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void create_whereAFileInUseIsMissing_makesNoOther() throws Exception {
    try (SqliteLedger ledger =
        SqliteLedger.open(folder.resolve("data"), Duration.ofMillis(200), Ticker.system())) {
      tallygate.run("keys", "create", "--name=First").well();
      Files.move(file, folder.resolve("elsewhere"));
      ledger.importOnce("k", KeyUsage.NONE);
    }
    Said refused = tallygate.run("keys", "create", "--name=Ada");
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err())
        .contains("no key file " + file, "knows keys. Restore the file", "--new-file");
    assertThat(file).doesNotExist();
    tallygate.run("keys", "create", "--name=Ada", "--new-file").well();
    tallygate.run("keys", "create", "--name=Bob").well();
  }

  @Test
  void missingFileThatWasInUse_isSaid_andIsNoEmptyList() throws Exception {
    try (SqliteLedger ledger =
        SqliteLedger.open(folder.resolve("data"), Duration.ofMillis(200), Ticker.system())) {
      ledger.importOnce("k", KeyUsage.NONE);
    }
    for (String command : List.of("keys list", "keys show k", "keys hash")) {
      Said said = tallygate.run(command.split(" "));
      assertThat(said.code()).as(command).isEqualTo(ExitCode.FAILED);
      assertThat(said.out()).isEmpty();
      assertThat(said.err())
          .startsWith("tallygate keys ")
          .contains("there is no key file " + file, "Restore the file")
          .doesNotContain("keys create");
    }
  }

  @Test
  void whatWasGiven_isRepeatedInOneShortLine_andNoSecretIs() {
    String secret = GatewaySecret.generate(new SecureRandom());
    for (String argument :
        List.of(
            "--limit=" + "9".repeat(5000),
            "--limit=\u001b[31m",
            "--name=\u001b[31m",
            "--name=" + secret,
            "--expires=" + secret,
            "--strict=\u001b" + "x".repeat(5000),
            "\u001b" + "x".repeat(5000))) {
      Said said = tallygate.run("keys", "create", "--name=Ada", argument);
      assertThat(said.code()).isEqualTo(ExitCode.USAGE);
      assertThat(said.err()).doesNotContain("\u001b", secret).hasSizeLessThan(400);
    }
    assertThat(tallygate.run("keys", "create", "--name=x", "--limit=\u001b[31m").err())
        .contains("--limit=?[31m: expected a whole number");
    assertThat(file).doesNotExist();
  }

  @Test
  void create_asJson_hasTheSecretWithTheKey_andAYearToLive() {
    JsonNode made = tallygate.run("keys", "create", "--name=Ada", "--format=json").well().json();
    assertThat(ApiKey.defaultId(KeyDigest.of(made.get("secret").asString())))
        .isEqualTo(made.get("id").asString());
    assertThat(Instant.parse(made.get("expiry_date").asString()))
        .isBetween(
            Instant.now().plus(364, ChronoUnit.DAYS), Instant.now().plus(367, ChronoUnit.DAYS));
    assertThat(made.get("token_limit_per_5h").asLong()).isEqualTo(100_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keys create|--name=NAME is missing: whose key is it?",
        "keys create --name=x --limit=-1|--limit=-1: expected a whole number from 0 to 9007199254740991",
        "keys create --name=x --rpm=0|--rpm=0: expected a whole number from 1 to 2147483647",
        "keys create --name=x --expires=soon|--expires=soon: expected a day such as 2027-01-31",
        "keys create --name=x --expires=2020-01-01|--expires=2020-01-01: is in the past",
        "keys create --name=x --models=a,,b|--models=a,,b: expected a list of at most 100",
        "keys create --name=x --limit=1e9 --rpm=0|--limit=1e9: expected a whole number from 0 to"
            + " 9007199254740991; --rpm=0: expected a whole number from 1",
        "keys create --name= |--name=: expected 1 to 200 printable characters",
        "keys create --name=x --upstream-key-from=/dev/zero|--upstream-key-from=/dev/zero:"
            + " expected printable ASCII",
        "keys update Ada --rpm=x|--rpm=x: expected a whole number from 1 to 2147483647",
        "keys create --name=x --format=xml|--format=xml: expected table or json",
        "keys create --nam=x|no such flag: --nam; did you mean --name?",
        "keys creat|no such command: creat; did you mean create?",
        "keys|a command is missing",
        "keys update Ada|there is nothing to change",
        "keys update Ada --model=m --no-model|--no-model and --model: expected one of them",
        "keys update Ada --strict --adaptive|--adaptive and --strict: expected one of them",
        "keys show|Missing required parameter: '<KEY>'",
        "keys rotate Ada --grace=long|--grace=long: expected days, hours or minutes",
        "keys rotate Ada --grace=367d|--grace=367d: expected days, hours or minutes such as 7d, 24h"
            + " or 90m, at most 366 days",
      })
  void mistakeOfTheCommandLine_exits64_andChangesNothing(String command, String message) {
    Said said = tallygate.run(command.split(" "));
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(": " + message).contains("--help' for what there is.");
    assertThat(file).doesNotExist();
  }

  @Test
  void list_showsWhatTheFileShows() throws Exception {
    legacy();
    assertThat(tallygate.run("keys", "list").well().out().replaceAll(" +", " "))
        .isEqualTo(
            """
            id name status model limit used expires last used
            -------------- ---- ------- ------- ----- ---- -------------------- ---------
            %s One active default 1,000 902 2099-01-01T00:00:00Z\s
            %s Two expired default 5 0 2020-01-01T00:00:00Z\s
            """
                .formatted(
                    ApiKey.defaultId(KeyDigest.of("pk_one")),
                    ApiKey.defaultId(KeyDigest.of("pk_two"))));
    JsonNode keys = tallygate.run("keys", "list", "--format=json").well().json();
    assertThat(keys.get(0).get("usage").toString())
        .isEqualTo("{\"used\":902,\"remaining\":98,\"lifetime_tokens\":77,\"last_used\":null}");
    assertThat(keys.toString()).doesNotContain("pk_one");
  }

  @Test
  void list_ofNothingOrOfRefusedEntries_saysSoBeside() throws Exception {
    Said none = tallygate.run("keys", "list", "--format=json").well();
    assertThat(none.out()).isEqualTo("[]\n");
    assertThat(none.err()).contains("There is no key file", "keys create --name NAME");
    Files.writeString(file, "{\"keys\":[{\"key\":\"pk_x\",\"name\":\"\\u001b[1mBad\"}]}");
    assertThat(tallygate.run("keys", "list").well().err())
        .startsWith("Refused: entry 1 (?[1mBad): expiry_date: absent");
  }

  @Test
  void brokenFile_isNamedWithThePlace_andLeftAlone() throws Exception {
    Files.writeString(file, "{\"keys\": [oops");
    for (String command : new String[] {"keys list", "keys create --name=x", "keys hash"}) {
      Said said = tallygate.run(command.split(" "));
      assertThat(said.code()).as(command).isEqualTo(ExitCode.FAILED);
      assertThat(said.err()).contains("line 1, column 11: not valid JSON");
    }
    assertThat(Files.readString(file)).isEqualTo("{\"keys\": [oops");
  }

  @Test
  void update_disable_enable_changeWhatIsGiven_byIdOrName() throws Exception {
    legacy();
    String id = ApiKey.defaultId(KeyDigest.of("pk_one"));
    Said said =
        tallygate.run("keys", "update", "One", "--limit=5", "--model=*", "--name=Uno").well();
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).isEqualTo("Key " + id + " (Uno) was changed.\n");
    assertThat(tallygate.run("keys", "disable", id, "--format=json").well().json().get("status"))
        .hasToString("\"disabled\"");
    assertThat(Files.readString(file))
        .contains("\"name\": \"Uno\", \"model\": \"*\", \"note\": 1.50, \"token_limit_per_5h\": 5,")
        .contains("\"disabled\": true");
    tallygate.run("keys", "enable", "Uno").well();
    tallygate.run("keys", "update", "Uno", "--no-model", "--expires=90d", "--rpm=7").well();
    assertThat(Files.readString(file)).doesNotContain("disabled", "\"model\"", "2099");
    tallygate
        .run("keys", "update", "Uno", "--models=a,b", "--max-concurrent=2", "--strict", "--no-rpm")
        .well();
    assertThat(Files.readString(file))
        .contains("\"models\": [", "\"max_concurrent\": 2", "\"quota_mode\": \"strict\"")
        .doesNotContain("requests_per_minute");
  }

  @Test
  void upstreamKey_comesFromAFile_andIsShownNowhere() throws Exception {
    legacy();
    Path credential = Files.writeString(folder.resolve("credential"), "up-secret\n");
    Said said =
        tallygate.run(
            "keys", "update", "One", "--upstream-key-from=" + credential, "--format=json");
    assertThat(said.well().json().get("has_upstream_key").asBoolean()).isTrue();
    assertThat(said.out()).doesNotContain("up-secret");
    assertThat(Files.readString(file)).contains("\"upstream_key\": \"up-secret\"");
    tallygate.run("keys", "update", "One", "--no-upstream-key").well();
    assertThat(Files.readString(file)).doesNotContain("up-secret");
    assertThat(tallygate.run("keys", "update", "One", "--upstream-key-from=nowhere").err())
        .contains("--upstream-key-from=nowhere: cannot be read");
  }

  @Test
  void rotate_printsANewSecret_andKeepsTheOldOneForItsGrace() throws Exception {
    legacy();
    String secret = tallygate.run("keys", "rotate", "One", "--grace=24h").well().out().strip();
    String text = Files.readString(file);
    assertThat(text)
        .contains("\"key_hash\": \"" + KeyDigest.of(secret))
        .contains("\"previous_key_hash\": \"" + KeyDigest.of("pk_one"))
        .contains("\"id\": \"" + ApiKey.defaultId(KeyDigest.of("pk_one")))
        .doesNotContain("pk_one");
    assertThat(tallygate.run("keys", "show", "One").well().out())
        .containsPattern("old secret until +20\\d\\d");
    String before = Files.readString(file);
    Said again = tallygate.run("keys", "rotate", "One", "--grace=24h");
    assertThat(again.code()).isEqualTo(ExitCode.FAILED);
    assertThat(again.out()).isEmpty();
    assertThat(again.err())
        .contains("from before the last rotation works until", "say --end-previous if");
    assertThat(Files.readString(file)).isEqualTo(before);
    tallygate.run("keys", "rotate", "One", "--grace=24h", "--end-previous").well();
    assertThat(Files.readString(file)).contains("\"previous_key_hash\": \"" + KeyDigest.of(secret));
    tallygate.run("keys", "rotate", "One").well();
    assertThat(Files.readString(file)).doesNotContain("previous");
  }

  @Test
  void revoke_removesTheEntry_andAnUnknownKeyIsNotRepeated() throws Exception {
    legacy();
    assertThat(tallygate.run("keys", "revoke", "Two").well().err())
        .endsWith("(Two) was removed.\n");
    assertThat(Files.readString(file)).contains("pk_one").doesNotContain("pk_two");
    Said unknown = tallygate.run("keys", "revoke", "tg_a_secret_by_mistake");
    assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
    assertThat(unknown.err()).contains("there is no such key").doesNotContain("by_mistake");
  }

  @Test
  void person_isAskedBeforeWhatCannotBeTakenBack_andSeesColours() throws Exception {
    legacy();
    String before = Files.readString(file);
    List<String> questions = new ArrayList<>();
    tallygate.person(question -> {
      questions.add(question);
      return false;
    });
    for (String command : List.of("revoke One", "rotate One --grace=24h", "hash")) {
      Said said = tallygate.run(("keys " + command).split(" "));
      assertThat(said.code()).as(command).isEqualTo(ExitCode.FAILED);
      assertThat(said.err()).endsWith(": nothing was changed\n");
    }
    assertThat(Files.readString(file)).isEqualTo(before);
    String one = ApiKey.defaultId(KeyDigest.of("pk_one")) + " (One)";
    assertThat(questions)
        .startsWith("Remove " + one + " for good?", "End the present secret of " + one + " in 24h?")
        .hasSize(3);
    assertThat(tallygate.run("keys", "list").well().out())
        .contains(" \u001b[32mactive\u001b[0m ", " \u001b[31mexpired\u001b[0m ");
    tallygate.run("keys", "hash", "--yes").well();
    tallygate.person(question -> true);
    tallygate.run("keys", "revoke", "One").well();
    assertThat(questions).hasSize(3);
  }

  @Test
  void nameThatSeveralHave_isNotedAtOnce_andAskedBack() {
    String first = idOf(tallygate.run("keys", "create", "--name=Ada", "--format=json"));
    Said again = tallygate.run("keys", "create", "--name=Ada", "--format=json");
    String second = idOf(again);
    assertThat(again.err())
        .endsWith("1 other key has this name (" + first + "): name each by its id.\n");
    Said said = tallygate.run("keys", "disable", "Ada");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).contains("2 keys have this name", first, second);
    tallygate.run("keys", "disable", first).well();
  }

  @Test
  void importAndHash_leaveNoSecretInPlainText() throws Exception {
    legacy();
    Path old = Files.move(file, folder.resolve("old.json"));
    Said first = tallygate.run("keys", "import", old.toString()).well();
    assertThat(first.lines())
        .hasSize(2)
        .first()
        .isEqualTo(ApiKey.defaultId(KeyDigest.of("pk_one")));
    assertThat(Files.readString(file))
        .contains("\"note\": 1.50", "\"total_lifetime_tokens\": 77")
        .doesNotContain("pk_one");
    JsonNode again = tallygate.run("keys", "import", old.toString(), "--format=json").well().json();
    assertThat(again.get("added")).isEmpty();
    assertThat(again.get("skipped").get(0).asString()).isEqualTo("entry 1 (One): is here already");
    Said nowhere = tallygate.run("keys", "import", "nowhere.json");
    assertThat(nowhere.code()).isEqualTo(ExitCode.FAILED);
    assertThat(nowhere.err())
        .isEqualTo("tallygate keys import: nowhere.json: there is no such file\n");

    Said hashed = tallygate.run("keys", "hash", "--data-file=" + old).well();
    assertThat(hashed.lines()).hasSize(2);
    assertThat(hashed.err()).isEqualTo("2 replaced.\n");
    assertThat(Files.readString(old)).doesNotContain("pk_");
  }

  private static String idOf(Said made) {
    return made.well().json().get("id").asString();
  }
}
