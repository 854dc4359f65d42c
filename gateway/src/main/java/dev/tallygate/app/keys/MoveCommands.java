package dev.tallygate.app.keys;

import static dev.tallygate.app.keys.KeyWork.EXIT_CODES;
import static dev.tallygate.app.keys.KeyWork.tell;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.Surroundings;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The commands for whoever brings a key file from elsewhere. */
final class MoveCommands {
  private MoveCommands() {}

  static CommandSpec importFile(Surroundings around) {
    return KeyWork.finished(
        KeyWork.command(
                around,
                "Adds the keys of another key file.",
                (keys, call) -> tellOf(keys.importFrom(Path.of(call.argument())), call))
            .argument("FILE", "A key file, such as the predecessor's.")
            .says(
                "Entries that are here already, by id or secret, and those that are refused are"
                    + " skipped and named. Secrets in plain text become digests. On a file, members"
                    + " that Tallygate does not know and the usage on record come along; through"
                    + " --server, definitions only, without secrets from before a rotation.",
                EXIT_CODES),
        "table: the ids that were added; json: what was added and skipped");
  }

  private static void tellOf(Keys.Imported result, Call call) throws CommandException {
    if (call.format() == Format.JSON) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      result.added().forEach(json.putArray("added")::add);
      result.skipped().forEach(json.putArray("skipped")::add);
      call.print(json);
    } else {
      result.added().forEach(call.out()::println);
    }
    call.out().flush();
    result.skipped().forEach(each -> tell(call, "Skipped: " + each));
    result.remarks().forEach(each -> tell(call, "Note: " + each));
    tell(call, result.added().size() + " added, " + result.skipped().size() + " skipped.");
    if (result.stopped() != null) {
      throw new CommandException(
          result.stopped() + "; the others were not added, and the same command goes on with them");
    }
  }

  static CommandSpec hash(Surroundings around) {
    return Places.addFileTo(
            Command.of(
                    around,
                    "Replaces secrets in plain text by their digests.",
                    call -> {
                      KeyWork.requireWill(
                          call,
                          "Keep only digests of the secrets in the key file? They cannot be read"
                              + " back.");
                      try (FileKeys keys = Places.openFile(call)) {
                        List<String> ids = keys.hashSecrets();
                        ids.forEach(call.out()::println);
                        tell(call, ids.size() + " replaced.");
                      }
                      return ExitCode.OK;
                    })
                .flag("--yes", "Do not ask. Scripts are never asked.")
                .says(
                    "For a key file of the predecessor: every key works as before, and the file no"
                        + " longer gives any away. The ids of the changed keys go to standard"
                        + " output. Through the admin API there is nothing like it: run it where"
                        + " the file is.",
                    EXIT_CODES))
        .spec();
  }
}
