package dev.tallygate.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;

/**
 * Something that Tallygate set out to reach.
 *
 * @param found what was measured, for people
 */
record Goal(String text, State state, String found) {
  enum State {
    REACHED("reached"),
    NOT_REACHED("NOT REACHED"),
    NOT_MEASURED("not measured");

    private final String text;

    State(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  static List<Goal> of(Comparison.Outcome outcome) {
    Samples samples = outcome.samples();
    List<Goal> goals = new ArrayList<>();
    Contender epoll = Contender.TALLYGATE_EPOLL;
    goals.add(cpu(samples, epoll, Contender.NGINX_LUA_COUNT, Scenario.PLAIN_64, 0.85));
    goals.add(cpu(samples, epoll, Contender.NGINX_LUA, Scenario.PLAIN_64, 1.0));
    goals.add(
        cpu(samples, Contender.TALLYGATE_IO_URING, Contender.NGINX_MAP, Scenario.PLAIN_64, 1.0));
    goals.add(cpu(samples, epoll, Contender.NGINX_MAP, Scenario.STREAM_64, 1.2));
    goals.add(metrics(outcome.metricsCost(), 1.03));
    goals.add(cheaper(samples, epoll, Contender.SPRING_CLOUD_GATEWAY, 6.5));
    goals.add(cheaper(samples, epoll, Contender.PREDECESSOR_LIKE, 8));
    goals.add(allocation(samples, epoll, 4));
    goals.add(accounts(outcome.accounts()));
    return goals;
  }

  private static Goal cheaper(Samples samples, Contender ours, Contender theirs, double times) {
    Scenario scenario = Scenario.PLAIN_64;
    String text =
        String.format(
            Locale.ROOT,
            "%s at least %.1f × cheaper in CPU than %s (%s)",
            ours.title(),
            times,
            theirs.label(),
            scenario.title());
    return held(text, samples.cpuRatio(theirs, ours, scenario), ratio -> ratio >= times);
  }

  private static Goal metrics(Optional<MetricsCost> cost, double limit) {
    String text =
        String.format(
            Locale.ROOT,
            "%s ≤ %.2f × CPU of itself with metrics off (%s)",
            Contender.TALLYGATE_EPOLL.title(),
            limit,
            Scenario.PLAIN_64.title());
    return cost.map(found ->
            new Goal(
                text, found.ratio() <= limit ? State.REACHED : State.NOT_REACHED, found.text()))
        .orElseGet(() -> notMeasured(text));
  }

  private static Goal notMeasured(String text) {
    return new Goal(text, State.NOT_MEASURED, "not part of this run");
  }

  private static Goal cpu(
      Samples samples, Contender one, Contender other, Scenario scenario, double limit) {
    String text =
        String.format(
            Locale.ROOT,
            "%s ≤ %.2f × CPU of %s (%s)",
            one.title(),
            limit,
            other.label(),
            scenario.title());
    return held(text, samples.cpuRatio(one, other, scenario), ratio -> ratio <= limit);
  }

  private static Goal allocation(Samples samples, Contender ours, int kilobytes) {
    Scenario scenario = Scenario.PLAIN_64;
    String text =
        String.format(
            "%s allocates ≤ %d KB a call (%s)", ours.title(), kilobytes, scenario.title());
    return held(
        text,
        samples.spread(ours, scenario, s -> s.allocatedBytes() / 1e3),
        found -> found <= kilobytes);
  }

  private static Goal held(String text, Optional<Spread> figure, DoublePredicate reached) {
    return figure
        .map(f ->
            new Goal(
                text,
                reached.test(f.median()) ? State.REACHED : State.NOT_REACHED,
                String.format(Locale.ROOT, "%.2f (%.2f–%.2f)", f.median(), f.min(), f.max())))
        .orElseGet(() -> notMeasured(text));
  }

  private static Goal accounts(List<Account> accounts) {
    String text = "Tallygate records every token received, and none that was not served";
    List<Account> ours = accounts.stream().filter(a -> a.contender().isTallygate()).toList();
    if (ours.isEmpty()) {
      return notMeasured(text);
    }
    boolean exact = ours.stream().allMatch(Account::exact);
    String found =
        ours.stream()
            .map(a -> String.format(Locale.ROOT, "%s %.3f %%", a.contender().label(), a.percent()))
            .collect(Collectors.joining(", "));
    return new Goal(text, exact ? State.REACHED : State.NOT_REACHED, found);
  }
}
