package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.Given;
import dev.tallygate.keys.BadFieldsException;
import dev.tallygate.keys.JsonFields;
import dev.tallygate.keys.KeyFields;
import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The flags that say what a key may do, and the fields that they mean. */
final class KeyFlags {
  /** What an update takes away, by the flag's name. */
  private enum Clear {
    MODEL("--no-model", "--model", "model"),
    MODELS("--no-models", "--models", "models"),
    RPM("--no-rpm", "--rpm", "requests_per_minute"),
    MAX_CONCURRENT("--no-max-concurrent", "--max-concurrent", "max_concurrent"),
    UPSTREAM_KEY("--no-upstream-key", "--upstream-key-from", "upstream_key");

    final String flag;
    final String opposite;
    final String field;

    Clear(String flag, String opposite, String field) {
      this.flag = flag;
      this.opposite = opposite;
      this.field = field;
    }
  }

  /** Far more than a credential may have; what never ends, as devices, is read no further. */
  private static final int MOST_BYTES = 64 * 1024;

  /** Stands for the secret that is made later, by whoever makes the key. */
  private static final KeyDigest NOBODYS = KeyDigest.of("");

  private KeyFlags() {}

  /** Adds those of {@code create}. */
  static Command addToCreate(Command command) {
    return add(
        command,
        "100000",
        "When it ends: a day, to its end in UTC (2027-01-31), a time with its zone, or from now"
            + " on in days or hours (90d, 12h); a year from now.");
  }

  /** Adds those of {@code update}: none has a default, and what is optional can be cleared. */
  static Command addToUpdate(Command command) {
    add(command, null, "When it ends, said as for create.");
    for (Clear clear : Clear.values()) {
      command.flag(clear.flag, "The opposite of " + clear.opposite + ": not set any longer.");
    }
    return command.flag("--adaptive", "The opposite of --strict.");
  }

  private static Command add(Command command, @Nullable String limit, String expires) {
    return command
        .option("--name", "NAME", "Whose key it is.")
        .option(
            "--limit",
            "TOKENS",
            limit,
            "Tokens in any 5 hours" + (limit == null ? "." : " (" + limit + ")."))
        .option("--expires", "WHEN", expires)
        .option("--model", "MODEL", "The model of every call; *: as the client asks.")
        .option("--models", "A,B", "The models that the client may choose among.")
        .option("--rpm", "N", "Requests per minute.")
        .option("--max-concurrent", "N", "Calls at the same time.")
        .flag("--strict", "Never beyond the quota, also not by what is in flight.")
        .option(
            "--upstream-key-from",
            "FILE",
            "The holder's own upstream credential, read from a file, or with - from standard"
                + " input; never from the command line, which others see.");
  }

  /** What the flags of a call say, and only that; whether it can be is seen by {@link #check}. */
  private static ObjectNode fields(Call call) throws CommandException {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    putText(fields, "name", call);
    putNumber(fields, "token_limit_per_5h", call);
    String expires = call.text("--expires");
    if (expires != null) {
      fields.put(
          "expiry_date",
          Expiry.parse(expires, call.around().ticker().now())
              .orElseThrow(() -> call.mistake("--expires", expires, Expiry.ALLOWED))
              .toString());
    }
    putText(fields, "model", call);
    String models = call.text("--models");
    if (models != null) {
      Arrays.stream(models.split(",", -1))
          .map(String::strip)
          .forEach(fields.putArray("models")::add);
    }
    putNumber(fields, "requests_per_minute", call);
    putNumber(fields, "max_concurrent", call);
    if (call.has("--strict")) {
      fields.put("quota_mode", "strict");
    }
    String upstream = call.text("--upstream-key-from");
    if (upstream != null) {
      fields.put("upstream_key", credential(upstream));
    }
    return fields;
  }

  private static void putText(ObjectNode fields, String field, Call call) {
    String text = call.text(flag(field));
    if (text != null) {
      fields.put(field, text);
    }
  }

  private static void putNumber(ObjectNode fields, String field, Call call) {
    String text = call.text(flag(field));
    if (text == null) {
      return;
    }
    try {
      fields.put(field, Long.parseLong(text));
    } catch (NumberFormatException e) {
      fields.put(field, text);
    }
  }

  /** Those of {@code create}: a new key has a name, and works for a while. */
  static ObjectNode newKey(Call call) throws CommandException {
    ObjectNode fields = fields(call);
    if (!fields.has("name")) {
      throw call.mistake("--name=NAME is missing: whose key is it?");
    }
    JsonFields read = JsonFields.of(fields, KeyFields.OF_A_NEW_KEY);
    check(call, () -> new KeyFields(read).newKey(NOBODYS, call.around().ticker().now()));
    return fields;
  }

  /** Those of {@code update}: what is cleared is null. */
  static ObjectNode changes(Call call) throws CommandException {
    ObjectNode fields = fields(call);
    for (Clear clear : Clear.values()) {
      if (call.has(clear.flag)) {
        if (fields.has(clear.field)) {
          throw call.mistake(clear.flag + " and " + clear.opposite + ": expected one of them");
        }
        fields.putNull(clear.field);
      }
    }
    if (call.has("--adaptive")) {
      if (call.has("--strict")) {
        throw call.mistake("--adaptive and --strict: expected one of them");
      }
      fields.put("quota_mode", "adaptive");
    }
    if (fields.isEmpty()) {
      throw call.mistake("there is nothing to change: expected at least one flag that says what");
    }
    JsonFields read = JsonFields.of(fields, KeyFields.OF_A_CHANGE);
    check(call, () -> new KeyFields(read).changes());
    return fields;
  }

  /** Tells by their flags what is wrong with fields, before anybody is asked to do anything. */
  private static void check(Call call, Runnable reading) {
    try {
      reading.run();
    } catch (BadFieldsException e) {
      throw call.mistake(
          e.errors().stream()
              .map(error -> given(call, flag(error.field())) + ": " + error.message())
              .collect(Collectors.joining("; ")));
    }
  }

  private static String given(Call call, String flag) {
    return flag + '=' + Given.shown(String.valueOf(call.text(flag)));
  }

  private static String flag(String field) {
    return switch (field) {
      case "token_limit_per_5h" -> "--limit";
      case "expiry_date" -> "--expires";
      case "requests_per_minute" -> "--rpm";
      case "max_concurrent" -> "--max-concurrent";
      case "upstream_key" -> "--upstream-key-from";
      default -> "--" + field;
    };
  }

  private static String credential(String from) throws CommandException {
    try {
      String text = new String(read(from), StandardCharsets.UTF_8).strip();
      if (text.isEmpty()) {
        throw new CommandException("--upstream-key-from: there is nothing in it");
      }
      return text;
    } catch (IOException | InvalidPathException e) {
      throw new CommandException("--upstream-key-from=" + Given.shown(from) + ": cannot be read");
    }
  }

  private static byte[] read(String from) throws IOException {
    if (from.equals("-")) {
      return System.in.readNBytes(MOST_BYTES);
    }
    try (InputStream in = Files.newInputStream(Path.of(from))) {
      return in.readNBytes(MOST_BYTES);
    }
  }
}
