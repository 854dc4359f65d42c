package dev.tallygate.app.cli;

import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.config.Nearest;
import dev.tallygate.config.Setting;
import dev.tallygate.model.Printable;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One run of a command: what was given, where it prints, what is around it. */
public final class Call {
  private final CommandLine command;
  private final Surroundings around;

  Call(CommandLine command, Surroundings around) {
    this.command = command;
    this.around = around;
  }

  /** What is around it. */
  public Surroundings around() {
    return around;
  }

  /** Standard output: the result, and nothing else. */
  public PrintWriter out() {
    return command.getOut();
  }

  /** Standard error: what people should know besides. */
  public PrintWriter err() {
    return command.getErr();
  }

  /** Prints JSON, in one line. */
  public void print(JsonNode json) {
    out().println(JsonMapper.shared().writeValueAsString(json));
  }

  /** Whether an option or a flag was given. */
  public boolean has(String option) {
    return given().hasMatchedOption(option);
  }

  /** An option's value, its default, or null. */
  public @Nullable String text(String option) {
    return given()
        .matchedOptionValue(option, command.getCommandSpec().findOption(option).defaultValue());
  }

  /** An option that has a default. */
  public String value(String option) {
    String text = text(option);
    if (text == null) {
      throw new IllegalStateException(option + " has no default");
    }
    return text;
  }

  /** The argument. */
  public String argument() {
    return given().matchedPositionalValue(0, "");
  }

  /** One of the words that an option allows. */
  public <T> T choice(String option, T[] values, Function<T, String> label) {
    return choice(option, value(option), values, label);
  }

  /** Those of the words that an option allows, with commas between. */
  public <T> List<T> choices(String option, T[] values, Function<T, String> label) {
    return Arrays.stream(value(option).split(",", -1))
        .map(word -> choice(option, word.strip(), values, label))
        .toList();
  }

  private <T> T choice(String option, String word, T[] values, Function<T, String> label) {
    return Arrays.stream(values)
        .filter(value -> label.apply(value).equals(word.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> {
          List<String> labels = Arrays.stream(values).map(label).toList();
          String allowed =
              labels.stream().limit(labels.size() - 1L).collect(Collectors.joining(", "))
                  + " or "
                  + labels.getLast();
          String near =
              Nearest.to(word, labels.stream())
                  .map(each -> "; did you mean " + each + "?")
                  .orElse("");
          return mistake(option, value(option), allowed + near);
        });
  }

  /** The value of {@code --format}. */
  public Format format() {
    return choice("--format", Format.values(), Format::label);
  }

  /** A mistake in an option's value. */
  public ParameterException mistake(String option, String given, String expected) {
    return mistake(option + '=' + Given.shown(given) + ": expected " + expected);
  }

  /** A mistake of the command line. */
  public ParameterException mistake(String message) {
    return new ParameterException(command, message);
  }

  /** Whether a step that cannot be taken back may be taken: only a person is asked. */
  public boolean mayGoOn(String question) {
    return has("--yes")
        || !around.terminal().isInteractive()
        || around.terminal().confirms(question);
  }

  /**
   * The configuration in force, with those of the given settings that this command has flags for.
   *
   * @throws CommandException when it has mistakes, which are told
   */
  public Config config(Setting<?>... flags) throws CommandException {
    Map<Setting<?>, String> values = new HashMap<>();
    for (Setting<?> setting : flags) {
      String text = text(setting.flag());
      if (text != null) {
        values.put(setting, text);
      }
    }
    return switch (around.loader().load(values, List.of())) {
      case ConfigResult.Loaded loaded -> loaded.config();
      case ConfigResult.Refused refused -> {
        int code = SettingFlags.report(refused, err());
        throw new CommandException("the configuration has to be mended first", code);
      }
    };
  }

  /** The configuration, of a command with {@link SettingFlags}. */
  public ConfigResult configOfAllFlags() {
    return SettingFlags.load(around.loader(), given());
  }

  /** A setting by its variable's name. */
  public static Setting<?> setting(String name) {
    return ConfigLoader.settings().stream()
        .filter(setting -> setting.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  void fails(String message) {
    // Part of it may come from whatever answers at --server.
    String lines = message.lines().map(Printable::line).collect(Collectors.joining("\n"));
    err().println(command.getCommandSpec().qualifiedName() + ": " + lines);
  }

  private ParseResult given() {
    return command.getParseResult();
  }
}
