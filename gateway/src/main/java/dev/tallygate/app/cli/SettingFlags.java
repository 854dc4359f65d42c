package dev.tallygate.app.cli;

import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.config.Setting;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * A flag for every setting but secrets, on a command that reads the configuration. All values are
 * taken as text and unknown flags let through: the loader judges them together with everything
 * else, so that all mistakes are reported at once.
 */
public final class SettingFlags {
  private SettingFlags() {}

  /** Adds them. */
  public static void addTo(CommandSpec command) {
    for (Setting<?> setting : ConfigLoader.settings()) {
      if (!setting.secret()) {
        command.addOption(
            OptionSpec.builder(setting.flag())
                .type(String.class)
                .paramLabel('<' + setting.placeholder() + '>')
                .description(description(setting))
                .build());
      }
    }
    command.parser().unmatchedArgumentsAllowed(true);
    command.parser().unmatchedOptionsArePositionalParams(false);
  }

  private static String description(Setting<?> setting) {
    String text = setting.description();
    return (setting.defaultText() == null ? text : text + " (" + setting.defaultText() + ")")
        .replace("%", "%%");
  }

  /** Reads the configuration with the flags that were given. */
  public static ConfigResult load(ConfigLoader loader, ParseResult given) {
    Map<Setting<?>, String> flags = new HashMap<>();
    for (Setting<?> setting : ConfigLoader.settings()) {
      if (!setting.secret() && given.hasMatchedOption(setting.flag())) {
        flags.put(setting, given.matchedOptionValue(setting.flag(), ""));
      }
    }
    return loader.load(flags, List.copyOf(given.unmatched()));
  }

  /** Tells a person what to mend, and returns the exit code for it. */
  public static int report(ConfigResult.Refused refused, PrintWriter err) {
    int count = refused.mistakes().size();
    err.println(
        count == 1
            ? "The configuration has a mistake:"
            : "The configuration has " + count + " mistakes:");
    refused.mistakes().forEach(mistake -> err.println("  " + mistake));
    err.flush();
    return ExitCode.CONFIG;
  }
}
