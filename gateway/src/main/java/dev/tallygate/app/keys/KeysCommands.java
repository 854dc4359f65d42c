package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.Surroundings;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code tallygate keys}: hands out keys, looks at them, changes them, takes them back. */
public final class KeysCommands {
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
            KeyWork.EXIT_CODES,
            "");
    keys.addSubcommand("create", SecretCommands.create(around));
    keys.addSubcommand("list", commands.list());
    keys.addSubcommand("show", commands.show());
    keys.addSubcommand("update", commands.update());
    keys.addSubcommand("disable", commands.disable(true));
    keys.addSubcommand("enable", commands.disable(false));
    keys.addSubcommand("revoke", commands.revoke());
    keys.addSubcommand("rotate", SecretCommands.rotate(around));
    keys.addSubcommand("import", MoveCommands.importFile(around));
    keys.addSubcommand("hash", MoveCommands.hash(around));
    return keys;
  }

  private CommandSpec list() {
    return KeyWork.finished(
        KeyWork.command(
                around,
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
                    KeyWork.tell(
                        call, "There are no keys; 'tallygate keys create --name NAME' makes one.");
                  }
                })
            .says(
                "\"used\" is what was used in the last 5 hours. Without --server it is what the key"
                    + " file shows, which a running gateway keeps within two seconds.",
                KeyWork.EXIT_CODES),
        "table, or for scripts json");
  }

  private CommandSpec show() {
    return KeyWork.finished(
        KeyWork.command(
                around,
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
            .argument("KEY", KeyWork.KEY)
            .says("With --server also its latest refused calls, and why.", KeyWork.EXIT_CODES),
        "table, or for scripts json");
  }

  private CommandSpec update() {
    Command command =
        KeyWork.command(
                around,
                "Changes what a key may do.",
                (keys, call) -> {
                  ObjectNode changes = KeyFlags.changes(call);
                  KeyView key = KeyNames.find(keys, call.argument());
                  KeyWork.print(call, keys.change(key.id(), changes), "was changed");
                })
            .argument("KEY", KeyWork.KEY)
            .says("Only what is given changes; the next request feels it.", KeyWork.EXIT_CODES);
    return KeyWork.finished(KeyFlags.addToUpdate(command), "table: nothing; json: the key");
  }

  private CommandSpec disable(boolean disabled) {
    ObjectNode change = JsonNodeFactory.instance.objectNode().put("disabled", disabled);
    return KeyWork.finished(
        KeyWork.command(
                around,
                disabled
                    ? "Refuses a key (403), until it is enabled again."
                    : "Lets a disabled key make calls again.",
                (keys, call) -> {
                  KeyView key = KeyNames.find(keys, call.argument());
                  KeyWork.print(
                      call,
                      keys.change(key.id(), change),
                      disabled ? "is refused now" : "works again");
                })
            .argument("KEY", KeyWork.KEY)
            .says(KeyWork.EXIT_CODES),
        "table: nothing; json: the key");
  }

  private CommandSpec revoke() {
    return Places.addTo(
            KeyWork.command(
                    around,
                    "Removes a key for good; it is unknown from then on (401).",
                    (keys, call) -> {
                      KeyView key = KeyNames.find(keys, call.argument());
                      KeyWork.requireWill(call, "Remove " + key.label() + " for good?");
                      keys.remove(key.id());
                      KeyWork.note(call, key, "was removed");
                    })
                .argument("KEY", KeyWork.KEY)
                .flag("--yes", "Do not ask. Scripts are never asked.")
                .says("What it has used stays on record.", KeyWork.EXIT_CODES))
        .spec();
  }

  private static void remarks(Keys keys, Call call) {
    if (keys instanceof FileKeys file) {
      call.out().flush();
      file.remarks().forEach(remark -> KeyWork.tell(call, remark));
    }
  }
}
