package dev.tallygate.benchmarks.compare;

import java.util.EnumMap;
import java.util.Map;

/**
 * How long what is measured.
 *
 * @param label as in the JSON file
 * @param loads in the order in which a round runs them
 * @param warmUpSeconds at load, before the first round, for gateways that compile as they run
 * @param switchedSeconds at load, for what metrics cost
 */
record Plan(String label, EnumMap<Scenario, Load> loads, int warmUpSeconds, int switchedSeconds) {
  /**
   * How often a load is measured.
   *
   * @param seconds of one round
   */
  record Load(int rounds, int seconds) {
    int seconds(Contender contender) {
      return contender.brief() ? Math.max(1, seconds / 2) : seconds;
    }
  }

  int rounds() {
    return loads.values().stream().mapToInt(Load::rounds).max().orElse(0);
  }

  /** The whole: some 25 minutes. */
  static Plan full() {
    return new Plan(
        "full",
        new EnumMap<>(
            Map.of(
                Scenario.PLAIN_1, new Load(5, 3),
                Scenario.PLAIN_64, new Load(5, 8),
                Scenario.STREAM_64, new Load(5, 6),
                Scenario.PLAIN_1000, new Load(5, 6))),
        160,
        300);
  }

  /** Under 5 minutes: several rounds only of the loads that goals are held against. */
  static Plan quick() {
    return new Plan(
        "quick",
        new EnumMap<>(
            Map.of(
                Scenario.PLAIN_1, new Load(1, 1),
                Scenario.PLAIN_64, new Load(3, 3),
                Scenario.STREAM_64, new Load(3, 2),
                Scenario.PLAIN_1000, new Load(1, 2))),
        42,
        30);
  }

  /** Shows in about a minute that everything works; its figures mean nothing. */
  static Plan smoke() {
    EnumMap<Scenario, Load> loads = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      loads.put(scenario, new Load(1, 1));
    }
    return new Plan("smoke", loads, 2, 3);
  }
}
