package dev.tallygate.benchmarks.acceptance;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** A part of the run, which can be run by itself; each takes less than four minutes. */
enum Trial {
  CONCURRENT,
  DAY,
  MIXED,
  EXPIRY,
  EVICTION,
  UNKNOWN,
  MEMORY,
  HIT,
  LOOKUPS;

  List<Finding> run(Lab lab) throws IOException, InterruptedException {
    return switch (this) {
      case CONCURRENT -> ConcurrentClients.run(lab);
      case DAY -> ReplayedDay.run(lab);
      case MIXED -> MixedCalls.run(lab);
      case EXPIRY -> ExpiringKeys.run(lab);
      case EVICTION -> ScarceRoom.run(lab);
      case UNKNOWN -> UnknownKeys.run(lab);
      case MEMORY -> HeapUnderLoad.run(lab);
      case LOOKUPS -> StoreLookups.run(lab);
      case HIT -> HitLatency.run(lab);
    };
  }

  /** On the command line. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException with a message for people
   */
  static Trial of(String label) {
    for (Trial trial : values()) {
      if (trial.label().equals(label)) {
        return trial;
      }
    }
    throw new IllegalArgumentException("no such part: " + label);
  }
}
