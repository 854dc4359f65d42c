package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RollingWindowTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final long START = FakeTicker.START.toEpochMilli();

  private final RollingWindow window = RollingWindow.ofTokens();

  @Test
  void empty_countsNothing() {
    assertThat(window.sum(START)).isZero();
    assertThat(window.oldestStart(START)).isEqualTo(START);
    assertThat(window.oldestLeaves(START)).isEqualTo(START + 5 * HOUR);
    assertThat(window.allLeft(START)).isEqualTo(START);
    assertThat(window.belowAt(START, 1)).isEqualTo(START);
  }

  @Test
  void bucket_leavesWhenItsEndIsFiveHoursOld() {
    window.add(START + 10_000, 7);
    assertThat(window.sum(START + 5 * HOUR + MINUTE - 1)).isEqualTo(7);
    assertThat(window.sum(START + 5 * HOUR + MINUTE)).isZero();
  }

  @Test
  void usage_isReleasedMinuteByMinute() {
    window.add(START, 1);
    window.add(START + MINUTE, 10);
    window.add(START + 3 * MINUTE, 100);
    assertThat(window.sum(START + 3 * MINUTE)).isEqualTo(111);
    assertThat(window.sum(START + 5 * HOUR + MINUTE)).isEqualTo(110);
    assertThat(window.oldestStart(START + 5 * HOUR + MINUTE)).isEqualTo(START + MINUTE);
    assertThat(window.sum(START + 5 * HOUR + 2 * MINUTE)).isEqualTo(100);
    assertThat(window.oldestStart(START + 5 * HOUR + 2 * MINUTE)).isEqualTo(START + 3 * MINUTE);
    assertThat(window.sum(START + 5 * HOUR + 4 * MINUTE)).isZero();
  }

  @Test
  void timeThatGoesBack_forgetsNothing() {
    window.add(START, 5);
    window.add(START - 2 * HOUR, 6);
    assertThat(window.sum(START - 400 * HOUR)).isEqualTo(11);
    assertThat(window.sum(START)).isEqualTo(11);
    assertThat(window.sum(START + 5 * HOUR)).isEqualTo(11);
    assertThat(window.sum(START + 5 * HOUR + MINUTE)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {5 * HOUR + MINUTE, 6 * HOUR, 24 * 365 * HOUR, 1_000_000 * HOUR})
  void idleTime_emptiesTheWindowAndItWorksOn(long idle) {
    for (int minute = 0; minute < 400; minute++) {
      window.add(START + (long) minute * MINUTE, 3);
    }
    long later = START + 399 * MINUTE + idle;
    assertThat(window.sum(later)).isZero();
    window.add(later, 4);
    assertThat(window.sum(later + 5 * HOUR)).isEqualTo(4);
    assertThat(window.sum(later + 5 * HOUR + MINUTE)).isZero();
  }

  @Test
  void pastUsage_countsAtItsOwnTime() {
    window.add(START, START - 4 * HOUR, 40);
    window.add(START, START - 6 * HOUR, 1_000);
    window.add(START, START + HOUR, 2);
    assertThat(window.sum(START)).isEqualTo(42);
    assertThat(window.oldestStart(START)).isEqualTo(START - 4 * HOUR);
    assertThat(window.sum(START + HOUR + MINUTE)).isEqualTo(2);
  }

  @Test
  void nothing_leavesTheWindowAsItIs() {
    window.add(START, 0);
    window.add(START, -5);
    assertThat(window.oldestLeaves(START)).isEqualTo(START + 5 * HOUR);
    assertThat(window.sum(START)).isZero();
  }

  @Test
  void hugeCounts_neitherOverflowNorGetLost() {
    window.add(START, Integer.MAX_VALUE);
    window.add(START, 1);
    window.add(START + MINUTE, 5);
    assertThat(window.sum(START + MINUTE)).isEqualTo(Integer.MAX_VALUE + 6L);
    for (int minute = 2; minute < 300; minute++) {
      window.add(START + (long) minute * MINUTE, Long.MAX_VALUE);
      window.add(START + (long) minute * MINUTE, Long.MAX_VALUE);
    }
    assertThat(window.sum(START + 299 * MINUTE)).isGreaterThan(Long.MAX_VALUE / 4);
    assertThat(window.sum(START + 20 * HOUR)).isZero();
  }

  @Test
  void belowAt_isWhenEnoughHasLeft() {
    window.add(START, 10);
    window.add(START + 2 * MINUTE, 20);
    window.add(START + 4 * MINUTE, 30);
    long now = START + 5 * MINUTE;
    assertThat(window.belowAt(now, 61)).isEqualTo(now);
    assertThat(window.belowAt(now, 60)).isEqualTo(START + 5 * HOUR + MINUTE);
    assertThat(window.belowAt(now, 51)).isEqualTo(START + 5 * HOUR + MINUTE);
    assertThat(window.belowAt(now, 50)).isEqualTo(START + 5 * HOUR + 3 * MINUTE);
    assertThat(window.belowAt(now, 1)).isEqualTo(START + 5 * HOUR + 5 * MINUTE);
    assertThat(window.belowAt(now, 0)).isEqualTo(now + 5 * HOUR);
    assertThat(window.allLeft(now)).isEqualTo(START + 5 * HOUR + 5 * MINUTE);
  }

  @Test
  void requests_leaveAfterAMinute() {
    RollingWindow requests = RollingWindow.ofRequests();
    requests.add(START + 500, 1);
    assertThat(requests.sum(START + 60_999)).isEqualTo(1);
    assertThat(requests.sum(START + 61_000)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomOperations_agreeWithAnExactLog(long seed) {
    Random random = new Random(seed);
    List<long[]> log = new ArrayList<>();
    long now = START + random.nextInt(60_000);
    for (int step = 0; step < 3_000; step++) {
      now += pause(random);
      if (random.nextInt(3) > 0) {
        long amount = random.nextInt(50) == 0 ? 3_000_000_000L : random.nextInt(5_000);
        long used = random.nextInt(10) == 0 ? now - random.nextLong(7 * HOUR) : now;
        window.add(now, used, amount);
        log.add(new long[] {used, amount});
      }
      long bucketed = 0;
      long younger = 0;
      long notMuchOlder = 0;
      for (long[] entry : log) {
        long age = now - entry[0];
        bucketed += now / MINUTE - entry[0] / MINUTE <= 300 ? entry[1] : 0;
        younger += age <= 5 * HOUR ? entry[1] : 0;
        notMuchOlder += age < 5 * HOUR + MINUTE ? entry[1] : 0;
      }
      assertThat(window.sum(now)).isEqualTo(bucketed).isBetween(younger, notMuchOlder);
      if (step % 100 == 0) {
        long limit = 1 + random.nextLong(1_000_000);
        long below = window.belowAt(now, limit);
        assertThat(exact(log, below)).isLessThan(limit);
        assertThat(below == now || exact(log, below - 1) >= limit).isTrue();
        long bound = now / MINUTE - 310;
        log.removeIf(entry -> entry[0] / MINUTE < bound);
      }
    }
  }

  private static long exact(List<long[]> log, long at) {
    return log.stream().filter(e -> at / MINUTE - e[0] / MINUTE <= 300).mapToLong(e -> e[1]).sum();
  }

  private static long pause(Random random) {
    return switch (random.nextInt(40)) {
      case 0 -> random.nextLong(6 * HOUR);
      case 1, 2, 3 -> random.nextLong(HOUR);
      default -> random.nextLong(2 * MINUTE);
    };
  }
}
