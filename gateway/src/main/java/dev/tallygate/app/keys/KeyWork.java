package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.model.Printable;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** What the commands on keys have in common: where the keys are, what is asked and told. */
final class KeyWork {
  static final String KEY = "Id of the key, or its name where no other has it.";
  static final String EXIT_CODES =
      "Exit codes: 0 done; 1 not done, and the message says why; 64 and 78 for mistakes in the"
          + " command line and in the configuration.";

  private KeyWork() {}

  /** What a command does with the keys. */
  @FunctionalInterface
  interface Work {
    void on(Keys keys, Call call) throws CommandException, IOException, InterruptedException;
  }

  static Command command(Surroundings around, String header, Work work) {
    return Command.of(
        around,
        header,
        call -> {
          try (Keys keys = Places.open(call)) {
            work.on(keys, call);
          }
          return ExitCode.OK;
        });
  }

  /** Adds where the keys are and how they are printed. */
  static CommandSpec finished(Command command, String format) {
    return Places.addTo(command).format(format).spec();
  }

  static void requireWill(Call call, String question) throws CommandException {
    if (!call.mayGoOn(Printable.line(question))) {
      throw new CommandException("nothing was changed");
    }
  }

  static void print(Call call, KeyView key, String what) {
    if (call.format() == Format.JSON) {
      call.print(key.json());
    }
    note(call, key, what);
  }

  static void note(Call call, KeyView key, String what) {
    tell(call, "Key " + key.label() + " " + what + ".");
  }

  static void tell(Call call, String line) {
    call.err().println(Printable.line(line));
  }
}
