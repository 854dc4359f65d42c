package dev.tallygate.app;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.ServerFlag;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.app.keys.KeyIds;
import dev.tallygate.config.Setting;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

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
                "Exit codes: 0 also when there is none; 1 when there is no such key, no ledger or it"
                    + " cannot be read; 64 and 78 for mistakes in the command line and in the configuration.")
            .option(
                "--key", "KEY", "Only this key's; by its id, or its name where no other has it.")
            .option("--since", "WHEN", "24h", "From when on: " + UsageTime.ALLOWED + " (24h).")
            .option("--until", "WHEN", "Up to when, said as for --since; of a date its end (now).")
            .option(
                "--by",
                "GROUP",
                "key",
                "What to sum by: key, model, minute, hour or day, or two of them with a comma"
                    + " between, at most one of them a time (key).")
            .option("--format", "FORMAT", "table", "table, or for scripts csv or json (table).")
            .option(DATA_FILE.flag(), "file", DATA_FILE.description() + ", as for serve.");
    return ServerFlag.addTo(command).spec();
  }

  private static int run(Call call) throws CommandException, IOException, InterruptedException {
    UsageFormat format = call.choice("--format", UsageFormat.values(), UsageFormat::label);
    UsageQuery query = query(call);
    UsageReport report = ServerFlag.isGiven(call) ? remote(call, query) : local(call, query);
    if (!report.keyKnown()) {
      // What was given is not repeated: it may be a secret.
      throw new CommandException(
          "there is no key of that id or name, and no usage by one is on record. Keys go by their"
              + " ids, such as k_0123456789ab, or by their names, not by the secret; without --key"
              + " all that were used are listed");
    }
    call.out().print(format.text(report));
    call.out().flush();
    if (report.rows().isEmpty()) {
      String whose = query.keyId() == null ? "" : "by this key ";
      call.err().println("No usage " + whose + UsageFormat.times(report) + ".");
    }
    return ExitCode.OK;
  }

  private static UsageQuery query(Call call) {
    List<UsageGrouping> by = call.choices("--by", UsageGrouping.values(), UsageGrouping::label);
    String from = call.value("--since");
    Instant since =
        UsageTime.since(from, call.around().ticker().now())
            .orElseThrow(() -> call.mistake("--since", from, UsageTime.ALLOWED));
    try {
      return new UsageQuery(call.text("--key"), since, until(call, since), by, Integer.MAX_VALUE);
    } catch (IllegalArgumentException e) {
      throw call.mistake(
          "--by", call.value("--by"), "one or two different ones, at most one of them a time");
    }
  }

  private static @Nullable Instant until(Call call, Instant since) {
    String text = call.text("--until");
    if (text == null) {
      return null;
    }
    Instant until =
        UsageTime.until(text, call.around().ticker().now())
            .orElseThrow(() -> call.mistake("--until", text, UsageTime.ALLOWED));
    if (!until.isAfter(since)) {
      throw call.mistake("--until", text, "a time after --since, which is " + since);
    }
    return until;
  }

  private static UsageReport local(Call call, UsageQuery query)
      throws CommandException, IOException, InterruptedException {
    Path file = call.config(DATA_FILE).keys().dataFile().toAbsolutePath();
    LedgerReader reader = new LedgerReader(Objects.requireNonNull(file.getParent()));
    UsageReport report = reader.read(query);
    String given = query.keyId();
    String id = report.keyKnown() || given == null ? null : KeyIds.inFile(call, given);
    return id == null ? report : known(reader.read(of(id, query)));
  }

  private static UsageReport remote(Call call, UsageQuery query)
      throws CommandException, IOException, InterruptedException {
    if (call.has(DATA_FILE.flag())) {
      throw call.mistake("--server and " + DATA_FILE.flag() + ": expected one of them");
    }
    try (AdminApi api = ServerFlag.open(call)) {
      UsageReport report = RemoteUsage.read(api, query);
      String given = query.keyId();
      String id = report.keyKnown() || given == null ? null : KeyIds.in(api, call, given);
      return id == null ? report : known(RemoteUsage.read(api, of(id, query)));
    }
  }

  private static UsageQuery of(String id, UsageQuery query) {
    return new UsageQuery(id, query.since(), query.until(), query.by(), query.maxRows());
  }

  /** Of a key that there is, whether it has been used or not. */
  private static UsageReport known(UsageReport report) {
    return new UsageReport(report.by(), report.since(), report.until(), report.rows(), true);
  }
}
