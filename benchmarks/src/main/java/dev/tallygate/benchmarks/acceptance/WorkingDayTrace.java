package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.acceptance.WorkingDay.Visit;
import java.util.List;

/**
 * Prints the trace that the gateway's {@code WorkingDayTest} replays, the morning of a day: {@code
 * bin/with-jdk25 --compiler java
 * benchmarks/src/main/java/dev/tallygate/benchmarks/acceptance/WorkingDayTrace.java >
 * gateway/src/test/resources/traces/morning.txt}
 */
final class WorkingDayTrace {
  private static final long SEED = 20_260_118;
  private static final int KEYS = 12;
  private static final int CALLS_A_DAY = 20_000;
  private static final long FROM_MILLIS = 9 * 3_600_000;
  private static final long TO_MILLIS = 11 * 3_600_000;

  private WorkingDayTrace() {}

  /** No arguments. */
  public static void main(String... args) {
    List<Visit> morning =
        WorkingDay.visits(SEED, KEYS, CALLS_A_DAY).stream()
            .filter(v -> v.atMillis() >= FROM_MILLIS && v.atMillis() < TO_MILLIS)
            .map(v -> new Visit(v.atMillis() - FROM_MILLIS, v.key()))
            .toList();
    System.out.print(WorkingDay.text(morning));
  }
}
