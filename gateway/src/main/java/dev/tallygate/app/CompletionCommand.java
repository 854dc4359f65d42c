package dev.tallygate.app;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Surroundings;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tallygate completion}: prints what makes a shell complete commands and flags. */
final class CompletionCommand {
  private enum Shell {
    BASH,
    ZSH;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private CompletionCommand() {}

  /**
   * The command.
   *
   * @param root makes the program's commands anew
   */
  static CommandSpec spec(Surroundings around, Supplier<CommandSpec> root) {
    return Command.of(
            around,
            "Prints a script that completes commands and flags in a shell.",
            call -> run(call, root.get()))
        .argument("SHELL", "bash or zsh.")
        .says(
            "For this session: source <(tallygate completion bash). For all of them: tallygate"
                + " completion bash > /etc/bash_completion.d/tallygate; in zsh, that line in .zshrc"
                + " after compinit.",
            "Exit codes: 0 done; 64 for mistakes in the command line.")
        .spec();
  }

  private static int run(Call call, CommandSpec root) {
    String given = call.argument().toLowerCase(Locale.ROOT);
    for (Shell shell : Shell.values()) {
      if (shell.label().equals(given)) {
        // The one script is for both.
        call.out().print(AutoComplete.bash("tallygate", new CommandLine(root)));
        return ExitCode.OK;
      }
    }
    throw call.mistake("expected bash or zsh");
  }
}
