package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.ledger.SqliteLedger;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tallygate usage} as a process of its own. */
@Timeout(60)
class UsageCommandTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
  }

  private Program.Ended usage(String... options) throws Exception {
    return usage(Map.of(), options);
  }

  private Program.Ended usage(Map<String, String> environment, String... options) throws Exception {
    String[] args = new String[options.length + 1];
    args[0] = "usage";
    System.arraycopy(options, 0, args, 1, options.length);
    try (Program program = Program.start(folder, environment, args)) {
      return program.ended();
    }
  }

  private SqliteLedger ledger() throws IOException {
    return SqliteLedger.open(data, Duration.ofMillis(200), Ticker.system());
  }

  private static void record(
      SqliteLedger ledger, String keyId, String model, long hoursAgo, long input) {
    CompletableFuture<Void> committed = new CompletableFuture<>();
    long at = Ticker.system().now().minus(hoursAgo, ChronoUnit.HOURS).toEpochMilli();
    ledger.record(
        new UsageRecord(keyId, model, at, new TokenUsage(input, 1, 2, 10), input + 10),
        () -> committed.complete(null));
    committed.orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Test
  void gatewayThatRuns_isReadFromAnotherProcess() throws Exception {
    try (SqliteLedger ledger = ledger()) {
      record(ledger, "ada", "glm-4.7", 0, 1_000);
      record(ledger, "bob", "glm-4.5-air", 1, 5);
      record(ledger, "bob", "glm-4.7", 30, 7);

      Program.Ended table = usage();
      assertThat(table.err()).isEmpty();
      assertThat(table.code()).isZero();
      assertThat(table.out().lines().map(line -> line.replaceAll(" +", " ")).toList())
          .hasSize(8)
          .anyMatch(line -> line.startsWith("ada 1 1,000 1 2 10 1,010 1,010 20"))
          .anyMatch(line -> line.startsWith("bob 1 5 1 2 10 15 15 20"))
          .last()
          .asString()
          .startsWith("total 2 1,005 2 4 20 1,025 1,025 20");

      Program.Ended csv = usage("--key", "bob", "--since=2d", "--by=model", "--format=csv");
      assertThat(csv.code()).isZero();
      assertThat(csv.out().lines().map(line -> line.replaceFirst(",20[^,]+Z$", ",when")))
          .containsExactly(
              "model,requests,input,cache_read,cache_written,output,total,estimated,last_used",
              "glm-4.7,1,7,1,2,10,17,17,when",
              "glm-4.5-air,1,5,1,2,10,15,15,when");

      Program.Ended json = usage("--by", "HOUR", "--format", "json");
      JsonNode hours = JsonMapper.shared().readTree(json.out());
      assertThat(hours.size()).isEqualTo(2);
      assertThat(hours.get(0).get("hour").asString()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:00:00Z");
      assertThat(hours.get(1).get("total").asLong()).isEqualTo(1_010);

      record(ledger, "ada", "glm-4.7", 0, 1);
      assertThat(ledger.trouble()).isNull();
    }
  }

  @Test
  void keyByItsName_byTwoGroups_upToATime() throws Exception {
    Files.writeString(
        data.resolve("apikeys.json"),
        """
        {"keys":[{"id":"k1","key":"pk_1","name":"Ada","token_limit_per_5h":1,"expiry_date":"2099-01-01T00:00:00Z"},
                 {"id":"k2","key":"pk_2","name":"Idle","token_limit_per_5h":1,"expiry_date":"2099-01-01T00:00:00Z"}]}
        """);
    try (SqliteLedger ledger = ledger()) {
      record(ledger, "k1", "m", 0, 1);
      record(ledger, "k1", "m", 3, 5);
      record(ledger, "k2", "m", 30, 5);
    }
    assertThat(
            usage("--key=Ada", "--by=key,model", "--until=2h", "--format=csv")
                .out()
                .lines()
                .map(line -> line.replaceFirst(",20[^,]+Z$", ",when")))
        .containsExactly(
            "key,model,requests,input,cache_read,cache_written,output,total,estimated,last_used",
            "k1,m,1,5,1,2,10,15,15,when");
    assertThat(usage("--key=Idle").err()).startsWith("No usage by this key since 20");
  }

  @Test
  void dataFile_isTakenFromFlagEnvironmentAndDotEnv() throws Exception {
    try (SqliteLedger ledger = ledger()) {
      record(ledger, "ada", "m", 0, 1);
    }
    Path file = Files.move(data, folder.resolve("elsewhere")).resolve("apikeys.json");
    assertThat(usage("--data-file", file.toString()).out()).contains("ada");
    assertThat(usage(Map.of("DATA_FILE", "elsewhere/apikeys.json")).out()).contains("ada");
    Files.writeString(folder.resolve(".env"), "DATA_FILE=elsewhere/apikeys.json\n");
    assertThat(usage().out()).contains("ada");
    Program.Ended mistaken = usage(Map.of("PORT", "x"));
    assertThat(mistaken.code()).isEqualTo(ExitCode.CONFIG);
    assertThat(mistaken.err()).contains("PORT=x");
  }

  @Test
  void keyThatIsUnknown_fails_anIdleOneIsANoteBesideAnEmptyResult() throws Exception {
    try (SqliteLedger ledger = ledger()) {
      record(ledger, "ada", "m", 2, 1);
    }
    Program.Ended unknown = usage("--key=tg_secret", "--format=json");
    assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err())
        .startsWith("tallygate usage: there is no key of that id or name, and no usage by one")
        .doesNotContain("tg_secret");
    Program.Ended idle = usage("--key=ada", "--since=60m", "--format=json");
    assertThat(idle.code()).isZero();
    assertThat(idle.out()).isEqualTo("[]\n");
    assertThat(idle.err()).startsWith("No usage by this key since 20");
  }

  @Test
  void noLedgerOrADamagedOne_exits1WithOneLine() throws Exception {
    Program.Ended none = usage();
    assertThat(none.code()).isEqualTo(ExitCode.FAILED);
    assertThat(none.out()).isEmpty();
    assertThat(none.err().lines())
        .singleElement()
        .asString()
        .startsWith("tallygate usage: there is no usage ledger ");
    assertThat(data).isEmptyDirectory();
    Files.writeString(data.resolve("usage.db"), "no database".repeat(1000));
    Program.Ended damaged = usage("--format=csv");
    assertThat(damaged.code()).isEqualTo(ExitCode.FAILED);
    assertThat(damaged.out()).isEmpty();
    assertThat(damaged.err().lines()).singleElement().asString().contains("is damaged");
  }

  @ParameterizedTest
  @CsvSource({
    "--since=yesterday, '--since=yesterday: expected minutes, hours or days back such as 90m'",
    "--since=, '--since=: expected minutes'",
    "--by=modle, '--by=modle: expected key, model, minute, hour or day; did you mean model?'",
    "--by=hour:day, '--by=hour,day: expected one or two different ones, at most one of them a time'",
    "--by=key:modle, '--by=key,modle: expected key, model, minute, hour or day; did you mean model?'",
    "--until=2020-01-01, '--until=2020-01-01: expected a time after --since'",
    "--format=xml, '--format=xml: expected table, csv or json'",
    "--sinec, 'no such flag: --sinec; did you mean --since?'",
    "--port=3000, 'no such flag: --port'",
    "today, 'no such command: today'",
    "--key, 'Missing required parameter'",
  })
  void mistakeOfTheCommandLine_exits64(String argument, String message) throws Exception {
    Program.Ended ended = usage(argument.replace(':', ','));
    assertThat(ended.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).startsWith("tallygate usage: " + message);
    assertThat(ended.err().lines()).hasSize(2);
  }

  @Test
  void help_saysWhatThereIs() throws Exception {
    Program.Ended ended = usage("--help");
    assertThat(ended.code()).isZero();
    assertThat(ended.out())
        .contains(
            List.of(
                "--key=<KEY>",
                "--since=<WHEN>",
                "--until=<WHEN>",
                "--by=<GROUP>",
                "--format=<FORMAT>",
                "--data-file"))
        .contains("90m, 24h or 7d", "Exit codes: 0");
  }
}
