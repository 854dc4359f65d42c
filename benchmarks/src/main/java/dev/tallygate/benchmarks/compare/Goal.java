package dev.tallygate.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    goals.add(accounts(outcome.accounts()));
    goals.add(
        new Goal(
            "at least 6.5 × cheaper than Spring Cloud Gateway",
            State.NOT_MEASURED,
            "it is not part of this run"));
    goals.add(
        new Goal(
            "at least 8 × cheaper than the predecessor with usage",
            State.NOT_MEASURED,
            "it is not part of this run"));
    return goals;
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
    Optional<Spread> ratio = samples.cpuRatio(one, other, scenario);
    return ratio
        .map(r ->
            new Goal(
                text,
                r.median() <= limit ? State.REACHED : State.NOT_REACHED,
                String.format(Locale.ROOT, "%.2f (%.2f–%.2f)", r.median(), r.min(), r.max())))
        .orElseGet(() -> new Goal(text, State.NOT_MEASURED, "not part of this run"));
  }

  private static Goal accounts(List<Account> accounts) {
    String text = "Tallygate records every token received, and none that was not served";
    List<Account> ours = accounts.stream().filter(a -> a.contender().isTallygate()).toList();
    if (ours.isEmpty()) {
      return new Goal(text, State.NOT_MEASURED, "not part of this run");
    }
    boolean exact = ours.stream().allMatch(Account::exact);
    String found =
        ours.stream()
            .map(a -> String.format(Locale.ROOT, "%s %.3f %%", a.contender().label(), a.percent()))
            .collect(Collectors.joining(", "));
    return new Goal(text, exact ? State.REACHED : State.NOT_REACHED, found);
  }
}
