package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code ./bench}. Status 1 when it could not be done, 64 for a mistake in the command line. */
final class Compare {
  private Compare() {}

  /** Arguments: the root of the sources, the folder of nginx's modules, then {@code ./bench}'s. */
  public static void main(String... args) throws InterruptedException {
    Path root = Path.of(args[0]);
    Arguments arguments;
    try {
      arguments = Arguments.parse(root, List.of(args).subList(2, args.length));
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage() + "\n\n" + Arguments.USAGE);
      System.exit(64);
      return;
    }
    if (arguments.help()) {
      System.out.print(Arguments.USAGE);
      return;
    }
    try {
      compare(root, args[1], arguments);
    } catch (IOException e) {
      System.err.println("bench: " + e.getMessage());
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        System.err.println("  " + cause);
      }
      System.exit(1);
    }
  }

  private static void compare(Path root, String nginxModules, Arguments arguments)
      throws IOException, InterruptedException {
    long since = System.nanoTime();
    Path program = root.resolve("tallygate");
    Plan plan = arguments.plan();
    try (Lab lab = new Lab(root, "bench");
        Probe probe = new Probe()) {
      Keys.writeMaps(lab.folder());
      Peers peers = new Peers(root);
      Set<Contender> contenders = EnumSet.noneOf(Contender.class);
      Map<Contender, String> leftOut = new EnumMap<>(Contender.class);
      for (Contender contender : arguments.contenders()) {
        peers
            .missing(contender)
            .ifPresentOrElse(what -> leftOut.put(contender, what), () -> contenders.add(contender));
      }
      leftOut.forEach((contender, what) ->
          System.err.printf("Left out: %s, for want of %s%n", contender.label(), what));
      Launcher launcher = new Launcher(lab, root, peers, nginxModules);
      Server upstream = launcher.upstream();
      Gateway direct = new Gateway(Contender.DIRECT, upstream, upstream);
      probe.awaitUp(direct);
      List<Gateway> gateways = new ArrayList<>();
      for (Contender contender : contenders) {
        gateways.add(new Gateway(contender, launcher.gateway(contender, upstream), upstream));
      }
      for (Gateway gateway : gateways) {
        probe.awaitUp(gateway);
        probe.check(gateway, direct);
      }
      Machine machine = Machine.here(lab, program, peers, contenders);
      Wrk wrk = new Wrk(lab, root.resolve("benchmarks/compare/load.lua"));
      Meter meter = new Meter(lab, launcher, probe, upstream, program);
      Comparison.Outcome outcome =
          new Comparison(plan, lab, launcher, wrk, meter, probe, gateways).run(leftOut);
      List<Goal> goals = Goal.of(outcome);
      Files.createDirectories(arguments.out());
      Files.writeString(
          arguments.out().resolve("comparison.json"), JsonReport.of(plan, machine, outcome, goals));
      Files.writeString(
          arguments.out().resolve("comparison.svg"), Chart.of(plan, machine, outcome.samples()));
      String text = TextReport.of(plan, machine, outcome, goals);
      Files.writeString(arguments.out().resolve("comparison.txt"), text);
      System.out.print(text);
      System.out.printf("%nWritten: comparison.txt, .json and .svg in %s%n", arguments.out());
      Duration taken = Duration.ofNanos(System.nanoTime() - since);
      System.out.printf("Took %d min %d s%n", taken.toMinutes(), taken.toSecondsPart());
    }
  }
}
