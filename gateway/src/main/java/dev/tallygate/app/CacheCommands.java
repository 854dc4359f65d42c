package dev.tallygate.app;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.ServerFlag;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.model.Printable;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/** {@code tallygate cache}: looks into the key cache of a running gateway, and empties it. */
final class CacheCommands {
  private static final String EXIT_CODES =
      "Exit codes: 0 done; 1 not done, and the message says why; 64 and 78 for mistakes in the"
          + " command line and in the configuration.";

  private CacheCommands() {}

  /** What a command does with the API. */
  @FunctionalInterface
  private interface Work {
    void with(AdminApi api, Call call) throws CommandException, InterruptedException;
  }

  static CommandSpec spec(Surroundings around) {
    CommandSpec cache = Command.group("cache", "Looks at the key cache of a running gateway.");
    cache.addSubcommand(
        "show",
        command(
                around,
                "Shows what the cache holds and has done since the gateway's start.",
                CacheCommands::show)
            .format("table, or for scripts json")
            .spec());
    cache.addSubcommand(
        "clear",
        command(
                around,
                "Forgets all keys; each is read again at its next use.",
                (api, call) -> {
                  var _ = api.send("POST", "/cache/clear", null);
                  call.err().println("The cache is empty.");
                })
            .spec());
    cache.addSubcommand(
        "invalidate",
        command(
                around,
                "Forgets one key; it is read again at its next use.",
                (api, call) -> {
                  String id = AdminApi.segment(call.argument());
                  var _ = api.send("POST", "/cache/invalidate/" + id, null);
                  call.err().println("The key is forgotten.");
                })
            .argument("ID", "Id of the key.")
            .spec());
    return cache;
  }

  private static Command command(Surroundings around, String header, Work work) {
    Command command =
        Command.of(
            around,
            header,
            call -> {
              try (AdminApi api = ServerFlag.open(call)) {
                work.with(api, call);
              }
              return ExitCode.OK;
            });
    return ServerFlag.addTo(command.says(EXIT_CODES), "http://MANAGEMENT_HOST:MANAGEMENT_PORT");
  }

  private static void show(AdminApi api, Call call) throws CommandException, InterruptedException {
    Format format = call.format();
    JsonNode stats = api.get("/cache", Map.of());
    if (format == Format.JSON) {
      call.print(stats);
      return;
    }
    int width = stats.propertyNames().stream().mapToInt(String::length).max().orElse(0);
    stats.forEachEntry((name, value) ->
        call.out()
            .println(
                Printable.line(name)
                    + " ".repeat(width - name.length() + 2)
                    + Printable.line(value.isContainer() ? value.toString() : value.asString())));
  }
}
