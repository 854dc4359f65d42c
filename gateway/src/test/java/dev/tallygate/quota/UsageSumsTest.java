package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.QuotaEnforcer.Sum;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The window as the key file shows it. */
class UsageSumsTest {
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final long NOON = FakeTicker.START.toEpochMilli();

  private final FakeTicker ticker = new FakeTicker();
  private final QuotaEnforcer enforcer =
      new QuotaEnforcer(
          ticker, (since, sink) -> {}, new ModelLimits(1_000, 1_000, 1_000), id -> {});
  private final ApiKey key = ApiKeys.key("pk_a");

  private void usesNow(long tokens) {
    enforcer.used(key.id(), ticker.epochMillis(), tokens);
  }

  private static Sum sum(long minutesPastNoon, long tokens) {
    return new Sum(NOON + minutesPastNoon * 60_000, tokens);
  }

  @Test
  void unusedKey_hasNone() {
    assertThat(enforcer.sums(key.id(), STEP)).isEmpty();
  }

  @Test
  void minutesOfOneStep_areAddedUp() {
    usesNow(1);
    ticker.advance(Duration.ofMinutes(4));
    usesNow(2);
    ticker.advance(Duration.ofSeconds(59));
    usesNow(4);
    ticker.advance(Duration.ofSeconds(1));
    usesNow(8);
    ticker.advance(Duration.ofMinutes(50));
    usesNow(16);
    assertThat(enforcer.sums(key.id(), STEP)).containsExactly(sum(0, 7), sum(5, 8), sum(55, 16));
    assertThat(enforcer.sums(key.id(), Duration.ofHours(1))).containsExactly(sum(0, 31));
  }

  @Test
  void clocksThatDifferByMoments_changeNoStep() {
    usesNow(1);
    ticker.advance(Duration.ofMinutes(5));
    usesNow(2);
    for (long millis : new long[] {-1, 2, 3_000, -10_000}) {
      ticker.stepWallClock(Duration.ofMillis(millis));
      assertThat(enforcer.sums(key.id(), STEP)).containsExactly(sum(0, 1), sum(5, 2));
    }
  }

  @Test
  void wallClockThatWasSet_movesTheSteps() {
    usesNow(1);
    ticker.stepWallClock(Duration.ofHours(-2));
    usesNow(2);
    assertThat(enforcer.sums(key.id(), STEP)).containsExactly(sum(-120, 3));
    ticker.stepWallClock(Duration.ofHours(3));
    assertThat(enforcer.sums(key.id(), STEP)).containsExactly(sum(60, 3));
  }

  @Test
  void allSums_areWhatCounts() {
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      ticker.advance(Duration.ofSeconds(random.nextInt(120)));
      usesNow(random.nextInt(1_000));
      long sums = enforcer.sums(key.id(), STEP).stream().mapToLong(Sum::tokens).sum();
      assertThat(sums).isEqualTo(enforcer.view(key).used());
    }
    assertThat(enforcer.sums(key.id(), STEP))
        .hasSizeBetween(60, 61)
        .isSortedAccordingTo((a, b) -> Long.compare(a.startEpochMillis(), b.startEpochMillis()))
        .allMatch(sum -> sum.startEpochMillis() % STEP.toMillis() == 0);
  }
}
