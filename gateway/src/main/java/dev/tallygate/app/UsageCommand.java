package dev.tallygate.app;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.ServerFlag;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.config.Config;
import dev.tallygate.config.Setting;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/** {@code tallygate usage}: prints what the ledger has recorded. */
final class UsageCommand {
  private static final Setting<?> DATA_FILE = Call.setting("DATA_FILE");

  private UsageCommand() {}

  static CommandSpec spec(Surroundings around) {
    Command command =
        Command.of(around, "Prints the usage that is on record.", UsageCommand::run)
            .says(
                "Reads the ledger usage.db beside the key file, also while a gateway runs, or with"
                    + " --server what a gateway says of its own. Times are UTC. Usage older than 48"
                    + " hours is kept by the hour: there a range begins with the whole hour.",
                "Exit codes: 0 also when there is none; 1 when there is no ledger or it cannot be"
                    + " read; 64 and 78 for mistakes in the command line and in the configuration.")
            .option("--key", "ID", "Only this key's; by its id, as logs and this report name it.")
            .option("--since", "WHEN", "24h", "From when on: " + UsageSince.ALLOWED + " (24h).")
            .option(
                "--by", "GROUP", "key", "What to sum by: key, model, minute, hour or day (key).")
            .option("--format", "FORMAT", "table", "table, or for scripts csv or json (table).")
            .option(DATA_FILE.flag(), "file", DATA_FILE.description() + ", as for serve.");
    return ServerFlag.addTo(command).spec();
  }

  private static int run(Call call) throws CommandException, IOException, InterruptedException {
    UsageGrouping by = call.choice("--by", UsageGrouping.values(), UsageGrouping::label);
    UsageFormat format = call.choice("--format", UsageFormat.values(), UsageFormat::label);
    String text = call.value("--since");
    Instant since =
        UsageSince.parse(text, call.around().ticker().now())
            .orElseThrow(() -> call.mistake("--since", text, UsageSince.ALLOWED));
    String keyId = call.text("--key");
    UsageReport report =
        ServerFlag.isGiven(call)
            ? remote(call, keyId, since, by)
            : reader(call.config(DATA_FILE)).read(keyId, since, by);
    call.out().print(format.text(report));
    call.out().flush();
    remark(report, keyId, call.err());
    return ExitCode.OK;
  }

  private static LedgerReader reader(Config config) {
    return new LedgerReader(
        Objects.requireNonNull(config.keys().dataFile().toAbsolutePath().getParent()));
  }

  private static UsageReport remote(
      Call call, @Nullable String keyId, Instant since, UsageGrouping by)
      throws CommandException, InterruptedException {
    if (call.has(DATA_FILE.flag())) {
      throw call.mistake("--server and " + DATA_FILE.flag() + ": expected one of them");
    }
    Map<String, String> query = new LinkedHashMap<>();
    query.put("by", by.label());
    query.put("from", since.toString());
    if (keyId != null) {
      query.put("key", keyId);
    }
    try (AdminApi api = ServerFlag.open(call)) {
      JsonNode answer = api.get("/usage", query);
      List<UsageRow> rows = new ArrayList<>();
      answer.path("rows").forEach(row -> rows.add(row(row, by)));
      String from = answer.path("from").asString(since.toString());
      return new UsageReport(List.of(by), Instant.parse(from), null, rows, true);
    }
  }

  private static UsageRow row(JsonNode row, UsageGrouping by) {
    String last = row.path("last_used").asString("");
    return new UsageRow(
        List.of(row.path(by.label()).asString("")),
        row.path("requests").asLong(0),
        row.path("input").asLong(0),
        row.path("cache_read").asLong(0),
        row.path("cache_written").asLong(0),
        row.path("output").asLong(0),
        row.path("estimated").asLong(0),
        last.isEmpty() ? null : Instant.parse(last));
  }

  private static void remark(UsageReport report, @Nullable String keyId, PrintWriter err) {
    if (!report.keyKnown()) {
      // What was given is not repeated: it may be a secret.
      err.println(
          "No key of that id has ever been used. Keys go by their ids, such as k_0123456789ab, not"
              + " by the secret or the name; without --key all that were used are listed.");
    } else if (report.rows().isEmpty()) {
      err.println(
          "No usage "
              + (keyId == null ? "" : "by this key ")
              + "since "
              + UsageFormat.time(report.since())
              + ".");
    }
  }
}
