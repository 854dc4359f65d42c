package dev.tallygate.app;

import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Given;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.app.doctor.DoctorCommand;
import dev.tallygate.app.keys.KeysCommands;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.Nearest;
import dev.tallygate.model.Printable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code tallygate}. The commands are put together by hand: no reflection at start. */
public final class Main {
  private static final String[] SERVE_ALONE = {"serve"};

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    ConfigLoader loader = ConfigLoader.ofProcess();
    Surroundings around =
        Arrays.equals(args, SERVE_ALONE)
            ? Surroundings.ofScript(loader)
            : Surroundings.ofProcess(loader);
    System.exit(run(around, writer(FileDescriptor.out), writer(FileDescriptor.err), args));
  }

  static int run(ConfigLoader loader, PrintWriter out, PrintWriter err, String... args) {
    return run(Surroundings.ofScript(loader), out, err, args);
  }

  static int run(Surroundings around, PrintWriter out, PrintWriter err, String... args) {
    try {
      return execute(around, out, err, args);
    } catch (Throwable e) {
      // An Error too: threads that run by now would keep a process which does nothing.
      return failed(e, err);
    }
  }

  private static int execute(Surroundings around, PrintWriter out, PrintWriter err, String... args)
      throws InterruptedException {
    // Does what picocli would. Its classes are too old for the JVM to keep in the AOT cache, and to
    // load them takes a gateway's start a tenth of a second.
    if (Arrays.equals(args, SERVE_ALONE)) {
      return ServeCommand.run(around.loader(), err);
    }
    CommandLine commandLine = new CommandLine(root(around));
    commandLine.setExpandAtFiles(false);
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setParameterExceptionHandler(Main::misunderstood);
    commandLine.setExecutionExceptionHandler((e, command, _) -> failed(e, command.getErr()));
    return commandLine.execute(args);
  }

  /** Not through {@code System.out}, which keeps to itself that a disk is full. */
  private static PrintWriter writer(FileDescriptor stream) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(stream), StandardCharsets.UTF_8), true);
  }

  private static CommandSpec root(Surroundings around) {
    ConfigLoader loader = around.loader();
    CommandSpec root =
        Command.group(
            "tallygate", "A self-hosted LLM gateway: keys from memory, every token counted.");
    root.versionProvider(() -> new String[] {Version.line()});
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Print the version.")
            .build());
    root.addSubcommand("serve", Command.withHelp(ServeCommand.spec(loader)));
    root.addSubcommand("demo", Command.withHelp(DemoCommand.spec()));
    root.addSubcommand("usage", UsageCommand.spec(around));
    root.addSubcommand("keys", KeysCommands.spec(around));
    root.addSubcommand("cache", CacheCommands.spec(around));
    root.addSubcommand("doctor", DoctorCommand.spec(around));
    root.addSubcommand("completion", CompletionCommand.spec(around, () -> root(around)));
    root.addSubcommand("aot-cache", Command.withHelp(AotCacheCommand.spec()));
    CommandSpec config = Command.group("config", "Looks at the configuration.");
    config.addSubcommand("check", Command.withHelp(ConfigCheckCommand.spec(loader)));
    root.addSubcommand("config", config);
    return root;
  }

  private static int misunderstood(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      String word = unmatched.getUnmatched().getFirst();
      boolean flag = word.startsWith("-");
      err.print(
          name
              + ": no such "
              + (flag ? "flag" : "command")
              + ": "
              + Given.shown(word.replaceFirst("(?s)=.*", "")));
      var known = flag ? command.getCommandSpec().optionsMap() : command.getSubcommands();
      Nearest.to(word, known.keySet().stream())
          .ifPresent(near -> err.print("; did you mean " + near + "?"));
      err.println();
    } else {
      err.println(name + ": " + told(e));
    }
    err.println("Run '" + name + " --help' for what there is.");
    err.flush();
    return ExitCode.USAGE;
  }

  /** The parser's own messages repeat a value as it is. */
  private static String told(ParameterException e) {
    String message = String.valueOf(e.getMessage());
    String value = e.getValue();
    return Printable.line(
        value == null || value.isEmpty() ? message : message.replace(value, Given.shown(value)));
  }

  private static int failed(Throwable e, PrintWriter err) {
    err.println("This is a bug in Tallygate:");
    e.printStackTrace(err);
    err.flush();
    return ExitCode.SOFTWARE;
  }
}
