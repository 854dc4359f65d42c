package dev.tallygate.metrics;

import dev.tallygate.metrics.LoopMeters.RouteTimes;
import dev.tallygate.model.Times;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.route.RouteName;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;

/** What is told of finished requests. */
final class CallFamilies implements MultiCollector {
  private static final String[] BY_ROUTE = {"route", "stream"};

  private final CallMeters calls;

  CallFamilies(CallMeters calls) {
    this.calls = calls;
  }

  @Override
  public MetricSnapshots collect() {
    return MetricSnapshots.of(
        requests(),
        outcomes(),
        errors(),
        tokens(),
        times(
            "request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            RouteTimes::duration),
        times(
            "upstream_latency_seconds",
            "Time from sending a call to the upstream to the head of the answer that was relayed.",
            RouteTimes::upstream),
        times(
            "time_to_first_byte_seconds",
            "Time from a request's head to the answer's first byte, of a stream its first event's.",
            RouteTimes::firstByte));
  }

  private CounterSnapshot requests() {
    CounterSnapshot.Builder family =
        Family.counter("requests", "Finished requests by route, status sent and id of the key.");
    for (KeyMeters key : calls.keys().all()) {
      key.calls()
          .forEach((answered, calls) ->
              family.dataPoint(
                  Family.count(
                      calls,
                      Labels.of(
                          "key",
                          key.label(),
                          "route",
                          answered.route().label(),
                          "status",
                          StatusLabel.of(answered.status())))));
    }
    return family.build();
  }

  private CounterSnapshot outcomes() {
    CounterSnapshot.Builder family =
        Family.counter("request_outcomes", "Finished requests by how they ended.");
    for (Outcome outcome : Outcome.values()) {
      family.dataPoint(
          Family.count(
              calls.ended(outcome), Labels.of("outcome", outcome.name().toLowerCase(Locale.ROOT))));
    }
    return family.build();
  }

  private CounterSnapshot errors() {
    CounterSnapshot.Builder family =
        Family.counter(
            "errors",
            "Answers that were errors of the gateway's own, by the code that the client saw and, where"
                + " that stands for several, the reason.");
    calls
        .errors()
        .forEach(each ->
            family.dataPoint(
                Family.count(
                    each.count().sum(), Labels.of("code", each.code(), "reason", each.reason()))));
    return family.build();
  }

  private CounterSnapshot tokens() {
    CounterSnapshot.Builder family =
        Family.counter(
            "tokens",
            "Tokens charged: input and output. What was read from or written to the upstream's"
                + " cache is part of the input, what is estimated is part of both.");
    for (KeyMeters key : calls.keys().all()) {
      key.tokens()
          .forEach((model, used) -> {
            add(family, key, model, "input", used.input());
            add(family, key, model, "cache_read", used.cacheRead());
            add(family, key, model, "cache_written", used.cacheWritten());
            add(family, key, model, "output", used.output());
            add(family, key, model, "estimated", used.estimated());
          });
    }
    return family.build();
  }

  private static void add(
      CounterSnapshot.Builder to, KeyMeters key, String model, String kind, long tokens) {
    to.dataPoint(Family.count(tokens, Labels.of("key", key.label(), "kind", kind, "model", model)));
  }

  private HistogramSnapshot times(String name, String help, Function<RouteTimes, Times> which) {
    HistogramSnapshot.Builder family = Family.histogram(name, help);
    for (RouteName route : RouteName.values()) {
      for (boolean stream : new boolean[] {false, true}) {
        Times times = calls.times(route, stream, which);
        long[] counts = times.counts();
        if (Arrays.stream(counts).sum() > 0) {
          family.dataPoint(
              Family.times(
                  times,
                  counts,
                  Labels.of(BY_ROUTE, new String[] {route.label(), Boolean.toString(stream)})));
        }
      }
    }
    return family.build();
  }
}
