package dev.tallygate.benchmarks.compare;

import java.util.EnumMap;

/**
 * How long what is measured.
 *
 * @param label as in the JSON file
 * @param seconds of one round, in the order in which a round runs them
 * @param warmUpSeconds at load, before the first round, for gateways that compile as they run
 */
record Plan(String label, int rounds, EnumMap<Scenario, Integer> seconds, int warmUpSeconds) {
  /** The whole: some 15 minutes. */
  static Plan full() {
    EnumMap<Scenario, Integer> seconds = new EnumMap<>(Scenario.class);
    seconds.put(Scenario.PLAIN_1, 3);
    seconds.put(Scenario.PLAIN_64, 8);
    seconds.put(Scenario.STREAM_64, 6);
    seconds.put(Scenario.PLAIN_1000, 6);
    return new Plan("full", 5, seconds, 80);
  }

  /** Under 4 minutes. */
  static Plan quick() {
    EnumMap<Scenario, Integer> seconds = new EnumMap<>(Scenario.class);
    seconds.put(Scenario.PLAIN_1, 1);
    seconds.put(Scenario.PLAIN_64, 3);
    seconds.put(Scenario.STREAM_64, 2);
    return new Plan("quick", 3, seconds, 42);
  }

  /** Shows in about a minute that everything works; its figures mean nothing. */
  static Plan smoke() {
    EnumMap<Scenario, Integer> seconds = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      seconds.put(scenario, 1);
    }
    return new Plan("smoke", 1, seconds, 2);
  }
}
