package dev.tallygate.benchmarks.compare;

import java.util.Arrays;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The tables and goals for a terminal. */
final class TextReport {
  private static final String ROW = "  %-28s %24s %26s %8s %8s %7s %8s%n";
  private final Formatter out = new Formatter(Locale.ROOT);

  private TextReport() {}

  static String of(Plan plan, Machine machine, Comparison.Outcome outcome, List<Goal> goals) {
    TextReport report = new TextReport();
    report.out.format("%s%n", machine.text());
    if (plan.label().equals("smoke")) {
      report.out.format("A smoke run: nothing is warm, and the figures mean nothing.%n");
    }
    report.out.format(
        "Medians of the rounds (least–most). CPU is that of the gateway's processes.%n");
    outcome
        .leftOut()
        .forEach((contender, what) ->
            report.out.format("Left out: %s, for want of %s.%n", contender.label(), what));
    plan.loads().forEach((scenario, load) -> report.table(scenario, load, outcome.samples()));
    report.allocations(outcome.samples());
    report.accounts(outcome.accounts());
    report.out.format("%nGoals%n");
    for (Goal goal : goals) {
      report.out.format("  %-12s  %s: %s%n", goal.state().text(), goal.text(), goal.found());
    }
    outcome
        .samples()
        .othersCores()
        .ifPresent(others ->
            report.out.format(
                "%nNoise: other programs kept %.2f cores busy (%.2f–%.2f).%n",
                others.median(), others.min(), others.max()));
    return report.out.toString();
  }

  private void table(Scenario scenario, Plan.Load load, Samples samples) {
    out.format(
        "%n%s, %d round%s of %d s%n",
        scenario.title(), load.rounds(), load.rounds() == 1 ? "" : "s", load.seconds());
    out.format(ROW, "", "CPU µs/call", "calls/s", "p50 ms", "p99 ms", "RSS MB", "not 2xx");
    for (Contender contender : Contender.values()) {
      if (samples.of(contender, scenario).findAny().isPresent()) {
        out.format(
            ROW,
            contender.title(),
            range(samples.spread(contender, scenario, Sample::cpuMicros), "%.1f"),
            range(samples.spread(contender, scenario, Sample::perSecond), "%,.0f"),
            median(samples, contender, scenario, s -> s.load().p50Millis(), "%.2f"),
            median(samples, contender, scenario, s -> s.load().p99Millis(), "%.1f"),
            contender == Contender.DIRECT
                ? "–"
                : median(samples, contender, scenario, Sample::residentMegabytes, "%.0f"),
            samples.notOk(contender, scenario));
      }
    }
  }

  private void allocations(Samples samples) {
    Scenario scenario = Scenario.PLAIN_64;
    List<Contender> seen =
        Arrays.stream(Contender.values())
            .filter(c -> samples.spread(c, scenario, Sample::allocatedBytes).isPresent())
            .toList();
    if (!seen.isEmpty()) {
      out.format("%nKB that a JVM allocated per call (%s)%n", scenario.title());
    }
    for (Contender contender : seen) {
      Optional<Spread> kilobytes =
          samples.spread(contender, scenario, s -> s.allocatedBytes() / 1e3);
      out.format("  %-28s %24s%n", contender.title(), range(kilobytes, "%.1f"));
    }
  }

  private void accounts(List<Account> accounts) {
    if (!accounts.isEmpty()) {
      out.format(
          """

          Tokens of all rounds: what is on record must be no less than what wrk received whole, and no
          more than what the upstream served, calls that wrk cut off at its end included.
          """);
    }
    for (Account a : accounts) {
      out.format(
          "  %-28s %.3f %%: %,d recorded, %,d received, %,d served; and %,d estimated%n",
          a.contender().title(), a.percent(), a.recorded(), a.received(), a.begun(), a.estimated());
    }
  }

  private static String median(
      Samples samples,
      Contender contender,
      Scenario scenario,
      ToDoubleFunction<Sample> figure,
      String format) {
    return samples
        .spread(contender, scenario, figure)
        .map(spread -> String.format(Locale.ROOT, format, spread.median()))
        .orElse("–");
  }

  private static String range(Optional<Spread> spread, String format) {
    return spread
        .map(s ->
            String.format(
                Locale.ROOT,
                "%1$s (%1$s–%1$s)".replace("%1$s", format),
                s.median(),
                s.min(),
                s.max()))
        .orElse("–");
  }
}
