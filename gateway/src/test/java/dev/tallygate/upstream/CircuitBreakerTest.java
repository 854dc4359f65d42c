package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.upstream.CircuitBreaker.Permit;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final Duration LONGEST_FIRST_PAUSE = Duration.ofMillis(1200);

  private final FakeTicker ticker = new FakeTicker();
  private final CircuitBreaker breaker = new CircuitBreaker(3, ticker, new SplittableRandom(7));

  private Permit granted() {
    return Objects.requireNonNull(breaker.acquire());
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      breaker.failed(granted());
    }
  }

  private void assertDenied() {
    assertThat(breaker.acquire()).isNull();
  }

  @Test
  void failuresInARow_openIt_andOnlyTheLastSaysSo() {
    assertThat(breaker.failed(granted())).isFalse();
    assertThat(breaker.failed(granted())).isFalse();
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.failed(granted())).isTrue();
    assertThat(breaker.isOpen()).isTrue();
    assertDenied();
    assertThat(breaker.isClosedToCalls()).isTrue();
    assertThat(breaker.openings()).isEqualTo(1);
  }

  @Test
  void anyAnswerBetween_startsTheCountAgain() {
    fail(2);
    breaker.alive();
    fail(2);
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.failures()).isEqualTo(2);
  }

  @Test
  void failuresOfCallsFromBeforeTheLastAnswer_doNotCount() {
    Permit[] old = {granted(), granted(), granted()};
    ticker.advance(Duration.ofMinutes(10));
    breaker.alive();
    for (Permit permit : old) {
      assertThat(breaker.failed(permit)).isFalse();
    }
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.failures()).isZero();
  }

  @Test
  void answersThatFollowEachOtherFast_areOneSignOfLife() {
    ticker.advance(Duration.ofMillis(100));
    breaker.alive();
    Permit between = granted();
    ticker.advance(Duration.ofMillis(9));
    breaker.alive();
    breaker.failed(between);
    assertThat(breaker.failures()).isEqualTo(1);
    ticker.advance(Duration.ofMillis(1));
    breaker.alive();
    breaker.failed(between);
    assertThat(breaker.failures()).isZero();
  }

  @Test
  void afterThePause_oneCallIsLetThrough_andItsAnswerClosesIt() {
    fail(3);
    assertThat(breaker.retryAfter()).isBetween(Duration.ofMillis(800), LONGEST_FIRST_PAUSE);
    ticker.advance(LONGEST_FIRST_PAUSE);
    assertThat(breaker.isClosedToCalls()).isFalse();
    granted();
    assertDenied();
    assertThat(breaker.isClosedToCalls()).isTrue();
    breaker.alive();
    assertThat(breaker.isOpen()).isFalse();
    granted();
    granted();
  }

  @Test
  void eachProbe_doublesThePause_upToAMost() {
    fail(3);
    Duration last = Duration.ZERO;
    for (int i = 0; i < 10; i++) {
      ticker.advance(breaker.retryAfter());
      assertThat(breaker.failed(granted())).isFalse();
      assertDenied();
      if (i == 0) {
        assertThat(breaker.retryAfter())
            .isBetween(Duration.ofMillis(1600), Duration.ofMillis(2400));
      }
      last = breaker.retryAfter();
    }
    assertThat(last).isBetween(Duration.ofSeconds(24), Duration.ofSeconds(36));
    assertThat(breaker.openings()).isEqualTo(1);
  }

  @Test
  void probeWhoseAnswerTakesLong_isFollowedByAnother() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    granted();
    assertDenied();
    ticker.advance(Duration.ofMillis(2400));
    assertThat(breaker.isClosedToCalls()).isFalse();
    granted();
    assertDenied();
    breaker.alive();
    granted();
    granted();
  }

  @Test
  void probeThatTellsNothing_isFollowedByAnotherAtOnce() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    for (int i = 0; i < 5; i++) {
      breaker.undecided(granted());
    }
    granted();
    assertDenied();
    assertThat(breaker.retryAfter()).isLessThanOrEqualTo(Duration.ofMillis(2400));
  }

  @Test
  void probeThatAnotherHasFollowed_touchesNothingWhenItEnds() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    Permit first = granted();
    ticker.advance(Duration.ofMillis(2400));
    granted();
    Duration pause = breaker.retryAfter();
    breaker.undecided(first);
    breaker.failed(first);
    assertDenied();
    assertThat(breaker.retryAfter()).isEqualTo(pause);
  }

  @Test
  void probeOfAnEarlierTrouble_touchesNothingOfALaterOne() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    Permit earlier = granted();
    breaker.alive();
    ticker.advance(Duration.ofSeconds(1));
    fail(3);
    Duration pause = breaker.retryAfter();
    breaker.undecided(earlier);
    breaker.failed(earlier);
    assertDenied();
    assertThat(breaker.retryAfter()).isEqualTo(pause);
  }

  @Test
  void callsFromBeforeItOpened_neitherProlongItNorTakeTheProbesPlace() {
    Permit old = granted();
    fail(3);
    Duration before = breaker.retryAfter();
    breaker.failed(old);
    assertThat(breaker.retryAfter()).isEqualTo(before);
    ticker.advance(LONGEST_FIRST_PAUSE);
    granted();
    breaker.undecided(old);
    assertDenied();
  }

  @Test
  void thresholdOfZero_neverOpens() {
    CircuitBreaker never = new CircuitBreaker(0, ticker, new SplittableRandom(7));
    for (int i = 0; i < 1000; i++) {
      assertThat(never.failed(Objects.requireNonNull(never.acquire()))).isFalse();
    }
    assertThat(never.acquire()).isNotNull();
  }

  @Test
  void threshold_canBeChanged_andZeroClosesIt() {
    breaker.threshold(1);
    fail(1);
    assertDenied();
    breaker.threshold(0);
    assertThat(breaker.isOpen()).isFalse();
    fail(100);
    granted();
  }
}
