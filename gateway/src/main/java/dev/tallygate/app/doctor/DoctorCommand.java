package dev.tallygate.app.doctor;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.Format;
import dev.tallygate.app.cli.SettingFlags;
import dev.tallygate.app.cli.Surroundings;
import dev.tallygate.app.doctor.Finding.State;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.model.Printable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code tallygate doctor}: everything that a gateway needs, a line each. */
public final class DoctorCommand {
  private static final String CONFIGURATION = "configuration";

  private DoctorCommand() {}

  /** The command. */
  public static CommandSpec spec(Surroundings around) {
    CommandSpec spec =
        Command.of(around, "Checks everything that a gateway needs.", DoctorCommand::run)
            .says(
                "A line for each check: ok, note (worth knowing) or problem, and what to do about"
                    + " it. Also while a gateway runs. The upstreams are asked without credentials"
                    + " and without a bill. Takes some ten seconds at most, and the flags of serve.",
                "Exit codes: 0 when there is no problem, else 1.")
            .format("table, or for scripts json")
            .spec();
    SettingFlags.addTo(spec);
    return spec;
  }

  private static int run(Call call) throws IOException, InterruptedException {
    Format format = call.format();
    List<Finding> findings = new ArrayList<>();
    switch (call.configOfAllFlags()) {
      case ConfigResult.Refused refused ->
          refused
              .mistakes()
              .forEach(mistake ->
                  findings.add(
                      Finding.problem(CONFIGURATION, mistake.toString(), "mend it first")));
      case ConfigResult.Loaded loaded -> {
        findings.add(Finding.ok(CONFIGURATION, "understood; 'tallygate config check' shows it"));
        loaded.warnings().stream()
            .filter(warning -> !warning.startsWith("ZAI_API_KEY")) // has a check of its own
            .forEach(warning -> findings.add(Finding.note(CONFIGURATION, warning, null)));
        call.around()
            .loader()
            .fileWithSecrets()
            .filter(Permissions::includeOthers)
            .map(file ->
                Finding.problem(
                    CONFIGURATION,
                    file + " holds secrets, and can be read or written by every user",
                    "chmod o-rwx " + file))
            .ifPresent(findings::add);
        findings.addAll(new Doctor(loaded.config(), call.around().ticker()).findings());
      }
    }
    boolean well = findings.stream().noneMatch(finding -> finding.state() == State.PROBLEM);
    if (format == Format.JSON) {
      call.print(json(findings, well));
    } else {
      print(findings, call);
    }
    return well ? ExitCode.OK : ExitCode.FAILED;
  }

  private static void print(List<Finding> findings, Call call) {
    boolean coloured = call.around().terminal().hasColours();
    int width = findings.stream().mapToInt(finding -> finding.check().length()).max().orElse(0);
    for (Finding finding : findings) {
      State state = finding.state();
      String advice = finding.advice() == null ? "" : " -> " + finding.advice();
      call.out()
          .println(
              state.colour.paint(state.label(), coloured)
                  + " ".repeat("problem".length() - state.label().length() + 2)
                  + finding.check()
                  + " ".repeat(width - finding.check().length() + 2)
                  + Printable.line(finding.detail() + advice));
    }
  }

  private static ObjectNode json(List<Finding> findings, boolean well) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", well);
    ArrayNode checks = json.putArray("checks");
    for (Finding finding : findings) {
      checks
          .addObject()
          .put("check", finding.check())
          .put("state", finding.state().label())
          .put("detail", finding.detail())
          .put("advice", finding.advice());
    }
    return json;
  }
}
