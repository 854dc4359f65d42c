package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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

  /** What the flags of a call say, and only that. */
  private static ObjectNode fields(Call call) throws CommandException {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    String name = call.text("--name");
    if (name != null) {
      fields.put("name", name);
    }
    call.number("--limit", 0, Long.MAX_VALUE)
        .ifPresent(limit -> fields.put("token_limit_per_5h", limit));
    String expires = call.text("--expires");
    if (expires != null) {
      fields.put(
          "expiry_date",
          Expiry.parse(expires, call.around().ticker().now())
              .orElseThrow(() -> call.mistake("--expires", expires, Expiry.ALLOWED))
              .toString());
    }
    String model = call.text("--model");
    if (model != null) {
      fields.put("model", requireName(call, "--model", model));
    }
    String models = call.text("--models");
    if (models != null) {
      List<String> list = Arrays.stream(models.split(",", -1)).map(String::strip).toList();
      list.forEach(each -> requireName(call, "--models", each));
      list.forEach(fields.putArray("models")::add);
    }
    call.number("--rpm", 1, Integer.MAX_VALUE)
        .ifPresent(count -> fields.put("requests_per_minute", (int) count));
    call.number("--max-concurrent", 1, Integer.MAX_VALUE)
        .ifPresent(count -> fields.put("max_concurrent", (int) count));
    if (call.has("--strict")) {
      fields.put("quota_mode", "strict");
    }
    String upstream = call.text("--upstream-key-from");
    if (upstream != null) {
      fields.put("upstream_key", credential(upstream));
    }
    return fields;
  }

  /** Those of {@code create}: a new key has a name, and works for a while. */
  static ObjectNode newKey(Call call) throws CommandException {
    ObjectNode fields = fields(call);
    if (fields.path("name").asString("").isBlank()) {
      throw call.mistake("--name=NAME is missing: whose key is it?");
    }
    String expiry = fields.path("expiry_date").asString(null);
    if (expiry != null && !Instant.parse(expiry).isAfter(call.around().ticker().now())) {
      throw call.mistake("--expires", call.value("--expires"), "a time that is still to come");
    }
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
    return fields;
  }

  private static String requireName(Call call, String option, String model) {
    if (model.isBlank()) {
      throw call.mistake(option, model, "the name of a model");
    }
    return model;
  }

  private static String credential(String from) throws CommandException {
    try {
      byte[] bytes =
          from.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(from));
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      if (text.isEmpty()) {
        throw new CommandException("--upstream-key-from: there is nothing in it");
      }
      return text;
    } catch (IOException e) {
      throw new CommandException("--upstream-key-from=" + from + ": cannot be read");
    }
  }
}
