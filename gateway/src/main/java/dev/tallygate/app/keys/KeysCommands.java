package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.app.cli.TextTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code tallygate keys}: hands out keys, looks at them, changes them, takes them back. */
public final class KeysCommands {
  private static final String KEY = "Id of the key, or its name where no other has it.";
  private static final String EXIT_CODES =
      "Exit codes: 0 done; 1 not done, and the message says why; 64 and 78 for mistakes in the"
          + " command line and in the configuration.";

  private final Surroundings around;

  private KeysCommands(Surroundings around) {
    this.around = around;
  }

  /** The command and those under it. */
  public static CommandSpec spec(Surroundings around) {
    KeysCommands commands = new KeysCommands(around);
    CommandSpec keys = Command.group("keys", "Hands out keys, shows, changes and takes them back.");
    keys.usageMessage()
        .description(
            "",
            "On the key file, also while a gateway runs, which sees every change at once; or with"
                + " --server through a gateway's admin API. A key is named by its id, or by its"
                + " name where no other key has it.",
            "",
            EXIT_CODES,
            "");
    keys.addSubcommand("create", commands.create());
    keys.addSubcommand("list", commands.list());
    keys.addSubcommand("show", commands.show());
    keys.addSubcommand("update", commands.update());
    keys.addSubcommand("disable", commands.disable(true));
    keys.addSubcommand("enable", commands.disable(false));
    keys.addSubcommand("revoke", commands.revoke());
    keys.addSubcommand("rotate", commands.rotate());
    keys.addSubcommand("import", commands.importFile());
    keys.addSubcommand("hash", commands.hash());
    return keys;
  }

  /** What a command does with the keys. */
  @FunctionalInterface
  private interface Work {
    void on(Keys keys, Call call) throws CommandException, IOException, InterruptedException;
  }

  private Command command(String header, Work work) {
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

  private static CommandSpec finished(Command command, String format) {
    return Places.addTo(command).format(format).spec();
  }

  private CommandSpec create() {
    Command command =
        command(
                "Makes a key and prints its secret, once.",
                (keys, call) -> {
                  List<String> remarks =
                      keys instanceof FileKeys f ? f.remarksAtFirst() : List.of();
                  print(call, keys.create(KeyFlags.newKey(call)), "was made");
                  remarks.forEach(remark -> tell(call, remark));
                })
            .says(
                "The secret goes to standard output and is kept nowhere: the key file has its"
                    + " digest. Without --model and --models, calls are made with the gateway's"
                    + " default model.",
                EXIT_CODES);
    return finished(
        KeyFlags.addToCreate(command), "table: the secret alone; json: the key with it");
  }

  private CommandSpec list() {
    return finished(
        command(
                "Lists the keys.",
                (keys, call) -> {
                  List<KeyView> all = KeyTexts.sorted(keys.list());
                  if (call.format() == Format.JSON) {
                    ArrayNode array = JsonNodeFactory.instance.arrayNode();
                    all.forEach(key -> array.add(key.json()));
                    call.print(array);
                  } else {
                    call.out().print(KeyTexts.table(all, call.around().terminal().hasColours()));
                  }
                  remarks(keys, call);
                  if (all.isEmpty()) {
                    tell(call, "There are no keys; 'tallygate keys create --name NAME' makes one.");
                  }
                })
            .says(
                "\"used\" is what was used in the last 5 hours. Without --server it is what the key"
                    + " file shows, which a running gateway keeps within two seconds.",
                EXIT_CODES),
        "table, or for scripts json");
  }

  private CommandSpec show() {
    return finished(
        command(
                "Shows everything about a key, but its secret.",
                (keys, call) -> {
                  KeyView key = KeyNames.find(keys, call.argument());
                  if (call.format() == Format.JSON) {
                    call.print(key.json());
                  } else {
                    boolean coloured = call.around().terminal().hasColours();
                    call.out().print(KeyTexts.details(key, coloured));
                    call.out().print(KeyTexts.refusals(keys.refusals(key.id()), coloured));
                  }
                })
            .argument("KEY", KEY)
            .says("With --server also its latest refused calls, and why.", EXIT_CODES),
        "table, or for scripts json");
  }

  private CommandSpec update() {
    Command command =
        command(
                "Changes what a key may do.",
                (keys, call) -> {
                  ObjectNode changes = KeyFlags.changes(call);
                  KeyView key = KeyNames.find(keys, call.argument());
                  print(call, keys.change(key.id(), changes), "was changed");
                })
            .argument("KEY", KEY)
            .says("Only what is given changes; the next request feels it.", EXIT_CODES);
    return finished(KeyFlags.addToUpdate(command), "table: nothing; json: the key");
  }

  private CommandSpec disable(boolean disabled) {
    ObjectNode change = JsonNodeFactory.instance.objectNode().put("disabled", disabled);
    return finished(
        command(
                disabled
                    ? "Refuses a key (403), until it is enabled again."
                    : "Lets a disabled key make calls again.",
                (keys, call) -> {
                  KeyView key = KeyNames.find(keys, call.argument());
                  print(
                      call,
                      keys.change(key.id(), change),
                      disabled ? "is refused now" : "works again");
                })
            .argument("KEY", KEY)
            .says(EXIT_CODES),
        "table: nothing; json: the key");
  }

  private CommandSpec revoke() {
    return Places.addTo(
            command(
                    "Removes a key for good; it is unknown from then on (401).",
                    (keys, call) -> {
                      KeyView key = KeyNames.find(keys, call.argument());
                      requireWill(call, "Remove " + key.label() + " for good?");
                      keys.remove(key.id());
                      note(call, key, "was removed");
                    })
                .argument("KEY", KEY)
                .flag("--yes", "Do not ask. Scripts are never asked.")
                .says("What it has used stays on record.", EXIT_CODES))
        .spec();
  }

  private CommandSpec rotate() {
    return finished(
        command(
                "Gives a key a new secret and prints it, once.",
                (keys, call) -> {
                  String text = call.value("--grace");
                  Duration grace =
                      Expiry.span(text)
                          .orElseThrow(() -> call.mistake("--grace", text, Expiry.SPAN_ALLOWED));
                  KeyView key = KeyNames.find(keys, call.argument());
                  requireWill(
                      call,
                      grace.isZero()
                          ? "End the present secret of " + key.label() + " now?"
                          : "End the present secret of " + key.label() + " in " + text + "?");
                  print(call, keys.rotate(key.id(), grace), "has a new secret");
                })
            .argument("KEY", KEY)
            .option(
                "--grace",
                "SPAN",
                "0",
                "How long the present secret still works: 24h, 7d, 90m (0).")
            .flag("--yes", "Do not ask. Scripts are never asked.")
            .says(
                "Id, quota and history stay. A secret in plain text leaves the key file.",
                EXIT_CODES),
        "table: the secret alone; json: the key with it");
  }

  private CommandSpec importFile() {
    return finished(
        command(
                "Adds the keys of another key file.",
                (keys, call) -> {
                  Keys.Imported result = keys.importFrom(Path.of(call.argument()));
                  if (call.format() == Format.JSON) {
                    ObjectNode json = JsonNodeFactory.instance.objectNode();
                    result.added().forEach(json.putArray("added")::add);
                    result.skipped().forEach(json.putArray("skipped")::add);
                    call.print(json);
                  } else {
                    result.added().forEach(call.out()::println);
                  }
                  result.skipped().forEach(each -> tell(call, "Skipped: " + each));
                  tell(
                      call,
                      result.added().size() + " added, " + result.skipped().size() + " skipped.");
                })
            .argument("FILE", "A key file, such as the predecessor's.")
            .says(
                "Entries that are here already, by id or secret, and those that are refused are"
                    + " skipped and named. Secrets in plain text become digests. On a file, members"
                    + " that Tallygate does not know and the usage on record come along; through"
                    + " --server, definitions only.",
                EXIT_CODES),
        "table: the ids that were added; json: what was added and skipped");
  }

  private CommandSpec hash() {
    return Places.addFileTo(
            Command.of(
                    around,
                    "Replaces secrets in plain text by their digests.",
                    call -> {
                      requireWill(
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

  private static void requireWill(Call call, String question) throws CommandException {
    if (!call.mayGoOn(TextTable.printable(question))) {
      throw new CommandException("nothing was changed");
    }
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
    note(call, made.key(), what + ". The secret is not shown again: hand it over now");
    if (made.trouble() != null) {
      throw new CommandException(made.trouble());
    }
  }

  private static void print(Call call, KeyView key, String what) {
    if (call.format() == Format.JSON) {
      call.print(key.json());
    }
    note(call, key, what);
  }

  private static void note(Call call, KeyView key, String what) {
    tell(call, "Key " + key.label() + " " + what + ".");
  }

  private static void remarks(Keys keys, Call call) {
    if (keys instanceof FileKeys file) {
      call.out().flush();
      file.remarks().forEach(remark -> tell(call, remark));
    }
  }

  private static void tell(Call call, String line) {
    call.err().println(TextTable.printable(line));
  }
}
