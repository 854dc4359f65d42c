package dev.tallygate.benchmarks.compare;

import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The whole run for programs: every sample, the accounts and the goals. */
final class JsonReport {
  private JsonReport() {}

  static String of(Plan plan, Machine machine, Comparison.Outcome outcome, List<Goal> goals) {
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    report.put("plan", plan.label()).put("warm_up_seconds", plan.warmUpSeconds());
    report.put("date", machine.date()).put("cores", machine.cores());
    report.put("cpu", machine.cpu()).put("kernel", machine.kernel());
    ObjectNode versions = report.putObject("versions");
    machine.versions().forEach(versions::put);
    ObjectNode leftOut = report.putObject("left_out");
    outcome.leftOut().forEach((contender, what) -> leftOut.put(contender.label(), what));
    var samples = report.putArray("samples");
    outcome.samples().all().forEach(sample -> samples.add(sample(sample)));
    var accounts = report.putArray("tokens");
    outcome.accounts().forEach(account -> accounts.add(account(account)));
    outcome
        .metricsCost()
        .ifPresent(cost ->
            report
                .putObject("metrics_cost")
                .put("ratio", cost.ratio())
                .put("standard_error", cost.error())
                .put("groups", cost.groups()));
    var goalsArray = report.putArray("goals");
    goals.forEach(goal -> goalsArray.add(goal(goal)));
    return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(report) + '\n';
  }

  private static ObjectNode sample(Sample sample) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("gateway", sample.contender().label())
            .put("load", sample.scenario().label())
            .put("round", sample.round());
    if (Double.isFinite(sample.cpuMicros())) {
      node.put("cpu_micros_per_call", rounded(sample.cpuMicros()));
      node.put("rss_megabytes", rounded(sample.residentMegabytes()));
    }
    if (Double.isFinite(sample.allocatedBytes())) {
      node.put("allocated_bytes_per_call", Math.round(sample.allocatedBytes()));
    }
    return node.put("calls", sample.load().calls())
        .put("calls_per_second", rounded(sample.perSecond()))
        .put("p50_millis", sample.load().p50Millis())
        .put("p99_millis", sample.load().p99Millis())
        .put("not_ok", sample.notOk())
        .put("others_cores", rounded(sample.othersCores()));
  }

  private static ObjectNode account(Account account) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("gateway", account.contender().label())
        .put("received", account.received())
        .put("served", account.begun())
        .put("recorded", account.recorded())
        .put("estimated", account.estimated());
  }

  private static ObjectNode goal(Goal goal) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("goal", goal.text())
        .put("state", goal.state().text())
        .put("found", goal.found());
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
