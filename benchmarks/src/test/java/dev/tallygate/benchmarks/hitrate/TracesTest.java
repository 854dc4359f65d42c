package dev.tallygate.benchmarks.hitrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TracesTest {
  @Test
  void sameSeed_sameTrace() {
    assertThat(Traces.zipf(100, 1, 1_000, 7)).isEqualTo(Traces.zipf(100, 1, 1_000, 7));
    assertThat(Traces.zipf(100, 1, 1_000, 7)).isNotEqualTo(Traces.zipf(100, 1, 1_000, 8));
    assertThat(Traces.passing(10, 3, 500, 7)).isEqualTo(Traces.passing(10, 3, 500, 7));
    assertThat(Traces.shift(10, 1, 500, 250, 7)).isEqualTo(Traces.shift(10, 1, 500, 250, 7));
  }

  @Test
  void zipf_drawsTheFirstTwiceAsOftenAsTheSecond() {
    long[] counts =
        count(Traces.zipf(100, 1, 200_000, 1)).values().stream()
            .mapToLong(c -> -c)
            .sorted()
            .map(c -> -c)
            .toArray();
    assertThat((double) counts[0] / counts[1]).isBetween(1.9, 2.1);
    assertThat(counts).hasSize(100);
  }

  @Test
  void loop_beginsAgain() {
    assertThat(Traces.loop(3, 7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void scan_comesBetweenTheCallsOfTheTraffic() {
    assertThat(Traces.scan(new int[] {1, 2, 3, 4}, 1, 3, 2, 10))
        .containsExactly(1, 10, 11, 2, 12, 3, 4);
  }

  @Test
  void flood_triesEachUnknownKeyOnce() {
    assertThat(Traces.flood(new int[] {5, 6}, 2)).containsExactly(-1, -2, 5, -3, -4, 6);
  }

  @Test
  void passing_keysCallSoManyTimesAndNeverAgain() {
    Map<Integer, Long> counts = count(Traces.passing(5, 4, 10_000, 1));
    assertThat(counts.values()).allMatch(c -> c <= 4);
    // Whole but for those who were there at first and those who still are at the end.
    assertThat(counts.values().stream().filter(c -> c < 4).count()).isLessThanOrEqualTo(10);
  }

  @Test
  void shift_turnsTheRanksRound() {
    int[] calls = Traces.shift(50, 1.2, 100_000, 50_000, 1);
    int before = mostAskedFor(Arrays.copyOfRange(calls, 0, 50_000));
    int after = mostAskedFor(Arrays.copyOfRange(calls, 50_000, 100_000));
    Map<Integer, Long> then = count(Arrays.copyOfRange(calls, 50_000, 100_000));
    assertThat(after).isNotEqualTo(before);
    assertThat(then.getOrDefault(before, 0L)).isLessThan(then.getOrDefault(after, 0L) / 20);
  }

  @Test
  void members_callInTurnAmongTheOthers() {
    assertThat(Traces.members(new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 2, 2, 70))
        .containsExactly(1, 1, 1, 70, 1, 1, 70, 1, 1, 71, 1, 1, 71);
  }

  private static int mostAskedFor(int[] calls) {
    return count(calls).entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .orElseThrow()
        .getKey();
  }

  private static Map<Integer, Long> count(int[] calls) {
    return Arrays.stream(calls)
        .boxed()
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }
}
