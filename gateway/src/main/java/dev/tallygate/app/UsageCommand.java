package dev.tallygate.app;

import ch.qos.logback.classic.Level;
import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.config.Nearest;
import dev.tallygate.config.Setting;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code tallygate usage}: prints what the ledger has recorded. */
final class UsageCommand implements Callable<Integer> {
  private static final Setting<?> DATA_FILE =
      ConfigLoader.settings().stream()
          .filter(setting -> setting.name().equals("DATA_FILE"))
          .findFirst()
          .orElseThrow();

  private final ConfigLoader loader;
  private final Ticker ticker;
  private final CommandSpec spec;

  private UsageCommand(ConfigLoader loader, Ticker ticker) {
    this.loader = loader;
    this.ticker = ticker;
    spec = CommandSpec.wrapWithoutInspection(this);
    spec.usageMessage()
        .header("Prints the usage that is on record.")
        .description(
            "",
            "Reads the ledger usage.db beside the key file, also while a gateway runs. Times are"
                + " UTC. Usage older than 48 hours is kept by the hour: there a range begins with"
                + " the whole hour.",
            "",
            "Exit codes: 0 also when there is none; 1 when there is no ledger or it cannot be read;"
                + " 64 and 78 for mistakes in the command line and in the configuration.",
            "");
    option("--key", "ID", null, "Only this key's; by its id, as logs and this report name it.");
    option("--since", "WHEN", "24h", "From when on: " + UsageSince.ALLOWED + " (24h).");
    option("--by", "GROUP", "key", "What to sum by: key, model, minute, hour or day (key).");
    option("--format", "FORMAT", "table", "table, or for scripts csv or json (table).");
    option(DATA_FILE.flag(), "file", null, DATA_FILE.description() + ", as for serve.");
  }

  static CommandSpec spec(ConfigLoader loader, Ticker ticker) {
    return new UsageCommand(loader, ticker).spec;
  }

  private void option(String name, String label, @Nullable String byDefault, String description) {
    OptionSpec.Builder option =
        OptionSpec.builder(name)
            .type(String.class)
            .paramLabel('<' + label + '>')
            .description(description);
    if (byDefault != null) {
      option.defaultValue(byDefault);
    }
    spec.addOption(option.build());
  }

  @Override
  public Integer call() {
    ParseResult given = spec.commandLine().getParseResult();
    PrintWriter err = spec.commandLine().getErr();
    UsageGrouping by = choice("--by", UsageGrouping.values(), UsageGrouping::label);
    UsageFormat format = choice("--format", UsageFormat.values(), UsageFormat::label);
    Instant since = since(value("--since"));
    String keyId = given.matchedOptionValue("--key", null);
    // Standard output is the report's alone; SQLite's driver would log there.
    ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("org.sqlite")).setLevel(Level.OFF);
    return switch (loader.load(flags(given), List.of())) {
      case ConfigResult.Refused refused -> SettingFlags.report(refused, err);
      case ConfigResult.Loaded loaded -> {
        try {
          print(reader(loaded.config()).read(keyId, since, by), keyId, format);
          yield spec.commandLine().getOut().checkError() ? ExitCode.FAILED : ExitCode.OK;
        } catch (IOException e) {
          err.println(spec.qualifiedName() + ": " + e.getMessage());
          err.flush();
          yield ExitCode.FAILED;
        }
      }
    };
  }

  private static Map<Setting<?>, String> flags(ParseResult given) {
    return given.hasMatchedOption(DATA_FILE.flag())
        ? Map.of(DATA_FILE, given.matchedOptionValue(DATA_FILE.flag(), ""))
        : Map.of();
  }

  private static LedgerReader reader(Config config) {
    return new LedgerReader(
        Objects.requireNonNull(config.keys().dataFile().toAbsolutePath().getParent()));
  }

  private void print(UsageReport report, @Nullable String keyId, UsageFormat format) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(format.text(report));
    out.flush();
    PrintWriter err = spec.commandLine().getErr();
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
    err.flush();
  }

  private Instant since(String text) {
    return UsageSince.parse(text, ticker.now())
        .orElseThrow(() -> refused("--since", text, UsageSince.ALLOWED, null));
  }

  private <T> T choice(String option, T[] values, Function<T, String> label) {
    String text = value(option);
    return Arrays.stream(values)
        .filter(value -> label.apply(value).equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> {
          List<String> labels = Arrays.stream(values).map(label).toList();
          String allowed =
              labels.stream().limit(labels.size() - 1L).collect(Collectors.joining(", "))
                  + " or "
                  + labels.getLast();
          return refused(option, text, allowed, Nearest.to(text, labels.stream()).orElse(null));
        });
  }

  private String value(String option) {
    return spec.commandLine()
        .getParseResult()
        .matchedOptionValue(option, spec.findOption(option).defaultValue());
  }

  private ParameterException refused(
      String option, String given, String allowed, @Nullable String near) {
    return new ParameterException(
        spec.commandLine(),
        option
            + '='
            + given
            + ": expected "
            + allowed
            + (near == null ? "" : "; did you mean " + near + "?"));
  }
}
