package dev.tallygate.app.cli;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** A command in the making: what it takes, what its help says, what it does. No reflection. */
public final class Command {
  /** What a command does. */
  @FunctionalInterface
  public interface Action {
    /** Returns the exit code. */
    int run(Call call) throws CommandException, IOException, InterruptedException;
  }

  private final CommandSpec spec;
  private final boolean[] formatted;

  private Command(CommandSpec spec, boolean[] formatted) {
    this.spec = spec;
    this.formatted = formatted;
  }

  /** A command with an action. */
  public static Command of(Surroundings around, String header, Action action) {
    CommandSpec[] self = new CommandSpec[1];
    boolean[] formatted = new boolean[1];
    Callable<Integer> runs =
        () -> {
          Call call = new Call(self[0].commandLine(), around);
          if (formatted[0]) {
            var _ = call.format();
          }
          return run(call, action);
        };
    self[0] = withHelp(CommandSpec.wrapWithoutInspection(runs));
    self[0].usageMessage().header(header);
    return new Command(self[0], formatted);
  }

  /** A command that only has commands under it. */
  public static CommandSpec group(String name, String header) {
    CommandSpec[] self = new CommandSpec[1];
    Runnable missing =
        () -> {
          throw new ParameterException(self[0].commandLine(), "a command is missing");
        };
    self[0] = withHelp(CommandSpec.wrapWithoutInspection(missing).name(name));
    self[0].usageMessage().header(header);
    return self[0];
  }

  /** Adds {@code --help} to a command, and lays its help out as ours is. */
  public static CommandSpec withHelp(CommandSpec command) {
    command.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help.").build());
    command.usageMessage().abbreviateSynopsis(true).sortOptions(false).width(100);
    return command;
  }

  /** Adds paragraphs to the help. */
  public Command says(String... paragraphs) {
    String[] lines = new String[2 * paragraphs.length + 1];
    lines[0] = "";
    for (int i = 0; i < paragraphs.length; i++) {
      lines[2 * i + 1] = paragraphs[i].replace("%", "%%");
      lines[2 * i + 2] = "";
    }
    spec.usageMessage().description(lines);
    return this;
  }

  /** Adds an option that takes a value. */
  public Command option(String name, String label, String description) {
    return option(name, label, null, description);
  }

  /** Adds an option that takes a value and has one where none is given. */
  public Command option(String name, String label, @Nullable String byDefault, String description) {
    OptionSpec.Builder option =
        OptionSpec.builder(name)
            .type(String.class)
            .paramLabel('<' + label + '>')
            .description(description.replace("%", "%%"));
    if (byDefault != null) {
      option.defaultValue(byDefault);
    }
    spec.addOption(option.build());
    return this;
  }

  /** Adds an option that takes no value. */
  public Command flag(String name, String description) {
    spec.addOption(
        OptionSpec.builder(name)
            .type(boolean.class)
            .description(description.replace("%", "%%"))
            .build());
    return this;
  }

  /** Adds {@code --format}; a mistake in it is told before anything is done. */
  public Command format(String description) {
    formatted[0] = true;
    spec.addOption(
        OptionSpec.builder("--format")
            .type(String.class)
            .paramLabel("<FORMAT>")
            .defaultValue(Format.TABLE.label())
            .completionCandidates(Arrays.stream(Format.values()).map(Format::label).toList())
            .description(description + " (table).")
            .build());
    return this;
  }

  /** Makes it take one argument, which must be given. */
  public Command argument(String label, String description) {
    spec.addPositional(
        PositionalParamSpec.builder()
            .type(String.class)
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel('<' + label + '>')
            .description(description)
            .build());
    return this;
  }

  /** The command for picocli. */
  public CommandSpec spec() {
    return spec;
  }

  private static int run(Call call, Action action) throws InterruptedException {
    call.around().silence().run();
    try {
      int code = action.run(call);
      call.out().flush();
      return code == ExitCode.OK && call.out().checkError() ? ExitCode.FAILED : code;
    } catch (CommandException e) {
      call.fails(String.valueOf(e.getMessage()));
      return e.exitCode();
    } catch (IOException e) {
      call.fails(String.valueOf(e.getMessage()));
      return ExitCode.FAILED;
    } finally {
      call.err().flush();
    }
  }
}
