package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.upstream.CircuitBreaker.Permit;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final Duration LONGEST_FIRST_PAUSE = Duration.ofMillis(1200);

  private final FakeTicker ticker = new FakeTicker();
  private final CircuitBreaker breaker = new CircuitBreaker(3, ticker, new SplittableRandom(7));

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      breaker.failed(breaker.acquire());
    }
  }

  @Test
  void failuresInARow_openIt_andOnlyTheLastSaysSo() {
    assertThat(breaker.failed(breaker.acquire())).isFalse();
    assertThat(breaker.failed(breaker.acquire())).isFalse();
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.failed(breaker.acquire())).isTrue();
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.acquire()).isEqualTo(Permit.DENIED);
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
  void afterThePause_oneCallIsLetThrough_andItsAnswerClosesIt() {
    fail(3);
    assertThat(breaker.retryAfter()).isBetween(Duration.ofMillis(800), LONGEST_FIRST_PAUSE);
    ticker.advance(LONGEST_FIRST_PAUSE);
    assertThat(breaker.isClosedToCalls()).isFalse();
    assertThat(breaker.acquire()).isEqualTo(Permit.PROBE);
    assertThat(breaker.acquire()).isEqualTo(Permit.DENIED);
    assertThat(breaker.isClosedToCalls()).isTrue();
    breaker.alive();
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.acquire()).isEqualTo(Permit.GRANTED);
  }

  @Test
  void probeThatFails_doublesThePause_upToAMost() {
    fail(3);
    Duration last = Duration.ZERO;
    for (int i = 0; i < 10; i++) {
      ticker.advance(breaker.retryAfter());
      Permit permit = breaker.acquire();
      assertThat(permit).isEqualTo(Permit.PROBE);
      assertThat(breaker.failed(permit)).isFalse();
      assertThat(breaker.acquire()).isEqualTo(Permit.DENIED);
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
  void probeWhoseAnswerTakesLong_keepsNobodyElseWaiting() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    assertThat(breaker.acquire()).isEqualTo(Permit.PROBE);
    assertThat(breaker.acquire()).isEqualTo(Permit.DENIED);
    assertThat(breaker.retryAfter()).isBetween(Duration.ofMillis(800), LONGEST_FIRST_PAUSE);
    ticker.advance(LONGEST_FIRST_PAUSE);
    assertThat(breaker.isClosedToCalls()).isFalse();
    assertThat(breaker.acquire()).isEqualTo(Permit.PROBE);
    breaker.alive();
    assertThat(breaker.acquire()).isEqualTo(Permit.GRANTED);
  }

  @Test
  void probeThatTellsNothing_isFollowedByAnother() {
    fail(3);
    ticker.advance(LONGEST_FIRST_PAUSE);
    Permit permit = breaker.acquire();
    breaker.undecided(permit);
    assertThat(breaker.acquire()).isEqualTo(Permit.PROBE);
  }

  @Test
  void callsFromBeforeItOpened_neitherProlongItNorTakeTheProbesPlace() {
    Permit old = breaker.acquire();
    fail(3);
    Duration before = breaker.retryAfter();
    breaker.failed(old);
    assertThat(breaker.retryAfter()).isEqualTo(before);
    ticker.advance(LONGEST_FIRST_PAUSE);
    assertThat(breaker.acquire()).isEqualTo(Permit.PROBE);
    breaker.undecided(old);
    assertThat(breaker.acquire()).isEqualTo(Permit.DENIED);
  }

  @Test
  void thresholdOfZero_neverOpens() {
    CircuitBreaker never = new CircuitBreaker(0, ticker, new SplittableRandom(7));
    for (int i = 0; i < 1000; i++) {
      assertThat(never.failed(never.acquire())).isFalse();
    }
    assertThat(never.acquire()).isEqualTo(Permit.GRANTED);
  }
}
