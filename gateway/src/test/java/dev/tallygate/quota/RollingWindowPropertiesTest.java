package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The window against an exact log of what was used when. */
class RollingWindowPropertiesTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final long START = FakeTicker.START.toEpochMilli();

  /**
   * One step of a history.
   *
   * @param pause time that passes first, in ms
   * @param amount what is used then
   * @param age how long ago it was used, in ms; negative: dated in the future
   * @param wallStep by how much the wall clock is set before that, in ms
   */
  record Step(long pause, long amount, long age, long wallStep) {}

  private record Entry(long millis, long amount) {}

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<Long> pauses =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 2 * MINUTE)),
            Tuple.of(4, Arbitraries.longs().between(0, HOUR)),
            Tuple.of(2, Arbitraries.longs().between(5 * HOUR - MINUTE, 6 * HOUR)),
            Tuple.of(1, Arbitraries.longs().between(0, 10_000 * HOUR)));
    Arbitrary<Long> amounts =
        Arbitraries.frequencyOf(
            Tuple.of(10, Arbitraries.longs().between(0, 5_000)),
            Tuple.of(1, Arbitraries.longs().between(Integer.MAX_VALUE - 2L, 10_000_000_000L)));
    Arbitrary<Long> ages =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(0L)),
            Tuple.of(2, Arbitraries.longs().between(0, 6 * HOUR)),
            Tuple.of(1, Arbitraries.longs().between(-HOUR, 0)));
    Arbitrary<Long> wallSteps =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(0L)),
            Tuple.of(1, Arbitraries.longs().between(-1_000 * HOUR, 1_000 * HOUR)));
    return Combinators.combine(pauses, amounts, ages, wallSteps)
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(120);
  }

  @Property
  void sum_neverUnderCountsAndReleasesAtMostAMinuteLate(@ForAll("histories") List<Step> history) {
    RollingWindow window = RollingWindow.ofTokens();
    List<Entry> log = new ArrayList<>();
    long now = START + 12_345;
    for (Step step : history) {
      now += step.pause();
      window.add(now, now - step.age(), step.amount());
      log.add(new Entry(now - Math.max(0, step.age()), step.amount()));
      assertWithinBounds(window.sum(now), log, now);
    }
  }

  @Property
  void belowAt_isTheEarliestMomentThatEnoughHasLeft(@ForAll("histories") List<Step> history) {
    RollingWindow window = RollingWindow.ofTokens();
    long now = START;
    for (Step step : history) {
      now += step.pause();
      window.add(now, now - step.age(), step.amount());
      long sum = window.sum(now);
      long limit = Math.max(1, sum * 2 / 3);
      List<Entry> buckets = new ArrayList<>();
      window.forEach(now, (middle, amount) -> buckets.add(new Entry(middle, amount)));
      long below = window.belowAt(now, limit);
      assertThat(countingAt(buckets, below)).isLessThan(limit);
      if (below > now) {
        assertThat(countingAt(buckets, below - 1)).isGreaterThanOrEqualTo(limit);
      }
    }
  }

  @Property
  void buckets_areInOrderAndAddUpToTheSum(@ForAll("histories") List<Step> history) {
    RollingWindow window = RollingWindow.ofTokens();
    long now = START;
    for (Step step : history) {
      now += step.pause();
      window.add(now, now - step.age(), step.amount());
      List<Entry> buckets = new ArrayList<>();
      window.forEach(now, (middle, amount) -> buckets.add(new Entry(middle, amount)));
      assertThat(buckets.stream().mapToLong(Entry::amount).sum()).isEqualTo(window.sum(now));
      assertThat(buckets)
          .isSortedAccordingTo((a, b) -> Long.compare(a.millis(), b.millis()))
          .doesNotHaveDuplicates()
          .hasSizeLessThanOrEqualTo(301);
    }
  }

  /** The whole of it, on clocks of which one is set back and forth. */
  @Property
  void wallClockThatIsSet_changesNothing(@ForAll("histories") List<Step> history) {
    FakeTicker ticker = new FakeTicker();
    QuotaEnforcer enforcer =
        new QuotaEnforcer(
            ticker, (since, sink) -> {}, new ModelLimits(1_000, 1_000, 1_000), id -> {});
    ApiKey key = ApiKeys.with("pk_a").tokenLimit(Long.MAX_VALUE).make();
    List<Entry> log = new ArrayList<>();
    long now = START;
    for (Step step : history) {
      ticker.advance(Duration.ofMillis(step.pause()));
      now += step.pause();
      ticker.stepWallClock(Duration.ofMillis(step.wallStep()));
      enforcer.used(key.id(), ticker.epochMillis() - step.age(), step.amount());
      log.add(new Entry(now - Math.max(0, step.age()), step.amount()));
      assertWithinBounds(enforcer.view(key).used(), log, now);
      assertThat(
              enforcer.sums(key.id(), Duration.ofMinutes(5)).stream()
                  .mapToLong(QuotaEnforcer.Sum::tokens)
                  .sum())
          .isEqualTo(enforcer.view(key).used());
    }
  }

  private static void assertWithinBounds(long sum, List<Entry> log, long now) {
    long younger = 0;
    long notMuchOlder = 0;
    for (Entry entry : log) {
      long age = now - entry.millis();
      younger += age <= 5 * HOUR ? entry.amount() : 0;
      notMuchOlder += age < 5 * HOUR + MINUTE ? entry.amount() : 0;
    }
    assertThat(sum).isBetween(younger, notMuchOlder);
  }

  private static long countingAt(List<Entry> buckets, long at) {
    return buckets.stream()
        .filter(bucket -> at < bucket.millis() + MINUTE / 2 + 5 * HOUR)
        .mapToLong(Entry::amount)
        .sum();
  }
}
