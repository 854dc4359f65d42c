package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.SettingFlags;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.config.EffectiveSetting;
import dev.tallygate.model.Printable;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tallygate config check}: prints the configuration as it would be in force. */
final class ConfigCheckCommand implements Callable<Integer> {
  private final ConfigLoader loader;
  private final CommandSpec spec;

  private ConfigCheckCommand(ConfigLoader loader) {
    this.loader = loader;
    spec = CommandSpec.wrapWithoutInspection(this);
    spec.usageMessage()
        .header("Prints the configuration as it would be in force.")
        .description(
            "",
            "Every setting, its value and where it came from, or all mistakes. Secrets are masked."
                + " Takes the flags of serve.",
            "");
    SettingFlags.addTo(spec);
  }

  static CommandSpec spec(ConfigLoader loader) {
    return new ConfigCheckCommand(loader).spec;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    return switch (SettingFlags.load(loader, spec.commandLine().getParseResult())) {
      case ConfigResult.Refused refused -> SettingFlags.report(refused, err);
      case ConfigResult.Loaded loaded -> {
        print(loaded.settings(), out);
        loaded.warnings().forEach(warning -> err.println("Warning: " + Printable.line(warning)));
        err.flush();
        yield ExitCode.OK;
      }
    };
  }

  private static void print(List<EffectiveSetting> settings, PrintWriter out) {
    int names = width(settings, EffectiveSetting::name);
    int values = width(settings, EffectiveSetting::value);
    for (EffectiveSetting each : settings) {
      out.printf(
          "%-" + names + "s  %-" + values + "s  %s%n",
          each.name(),
          Printable.line(each.value()),
          each.origin());
    }
    out.flush();
  }

  private static int width(
      List<EffectiveSetting> settings, Function<EffectiveSetting, String> column) {
    return settings.stream().map(column).mapToInt(String::length).max().orElse(1);
  }
}
