package dev.tallygate.app.keys;

import static dev.tallygate.app.keys.KeyWork.EXIT_CODES;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.keys.Rotation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ObjectNode;

/** The commands that make a secret and print it, once. */
final class SecretCommands {
  private static final String NEW_FILE = "--new-file";
  private static final String END_PREVIOUS = "--end-previous";

  private SecretCommands() {}

  static CommandSpec create(Surroundings around) {
    Command command =
        KeyWork.command(
                around,
                "Makes a key and prints its secret, once.",
                (keys, call) -> {
                  ObjectNode fields = KeyFlags.newKey(call);
                  List<String> remarks = new ArrayList<>();
                  if (keys instanceof FileKeys file) {
                    remarks.addAll(file.remarksAtFirst(call.has(NEW_FILE)));
                  } else if (call.has(NEW_FILE)) {
                    throw call.mistake("--server and " + NEW_FILE + ": expected one of them");
                  }
                  remarks.addAll(KeyNames.remarks(keys, fields.path("name").asString()));
                  print(call, keys.create(fields), "was made");
                  remarks.forEach(remark -> KeyWork.tell(call, remark));
                })
            .says(
                "The secret goes to standard output and is kept nowhere: the key file has its"
                    + " digest. Without --model and --models, calls are made with the gateway's"
                    + " default model.",
                EXIT_CODES);
    KeyFlags.addToCreate(command)
        .flag(NEW_FILE, "Begin a key file also where one has been in use and is missing.");
    return KeyWork.finished(command, "table: the secret alone; json: the key with it");
  }

  static CommandSpec rotate(Surroundings around) {
    return KeyWork.finished(
        KeyWork.command(
                around,
                "Gives a key a new secret and prints it, once.",
                (keys, call) -> {
                  String text = call.value("--grace");
                  Duration grace =
                      Expiry.grace(text)
                          .orElseThrow(() -> call.mistake("--grace", text, Expiry.GRACE_ALLOWED));
                  KeyView key = KeyNames.find(keys, call.argument());
                  String previous = key.text("previous_valid_until");
                  Rotation rotation = new Rotation(grace, call.has(END_PREVIOUS));
                  if (previous != null && !rotation.mayEndPrevious()) {
                    throw new CommandException(
                        Rotation.refusal(Instant.parse(previous), END_PREVIOUS));
                  }
                  KeyWork.requireWill(call, question(key, grace, text));
                  print(call, keys.rotate(key.id(), rotation), "has a new secret");
                })
            .argument("KEY", KeyWork.KEY)
            .option(
                "--grace",
                "SPAN",
                "0",
                "How long the present secret still works: 24h, 7d, 90m, at most 366d (0).")
            .flag(
                END_PREVIOUS,
                "With a grace: a secret that is still in that of an earlier rotation may end now.")
            .flag("--yes", "Do not ask. Scripts are never asked.")
            .says(
                "Id, quota and history stay. A secret in plain text leaves the key file. A key has"
                    + " two secrets at most: without a grace all that are older end, with one a"
                    + " second rotation within the first's grace is refused, but for"
                    + " --end-previous.",
                EXIT_CODES),
        "table: the secret alone; json: the key with it");
  }

  private static String question(KeyView key, Duration grace, String text) {
    String when = grace.isZero() ? "now" : "in " + text;
    String previous = key.text("previous_valid_until");
    return "End the present secret of "
        + key.label()
        + " "
        + when
        + (previous == null
            ? ""
            : ", and the one before it, good until " + KeyView.time(previous) + ", now")
        + "?";
  }

  private static void print(Call call, Keys.NewSecret made, String what) throws CommandException {
    if (call.format() == Format.JSON) {
      call.print(made.key().json().deepCopy().put("secret", made.secret()));
    } else {
      call.out().println(made.secret());
    }
    if (call.out().checkError()) {
      throw new CommandException(
          "key "
              + made.key().label()
              + " "
              + what
              + ", but its secret could not be written; 'tallygate keys rotate' gives it another");
    }
    KeyWork.note(call, made.key(), what + ". The secret is not shown again: hand it over now");
    if (made.trouble() != null) {
      throw new CommandException(made.trouble());
    }
  }
}
