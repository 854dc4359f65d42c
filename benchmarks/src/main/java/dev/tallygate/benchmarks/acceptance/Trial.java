package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.Part;
import java.io.IOException;
import java.util.List;

/** The parts of {@code bin/acceptance}. */
enum Trial implements Part {
  CONCURRENT,
  DAY,
  MIXED,
  EXPIRY,
  EVICTION,
  UNKNOWN,
  MEMORY,
  HIT,
  LOOKUPS;

  @Override
  public List<Finding> run(Lab lab) throws IOException, InterruptedException {
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
}
