package dev.tallygate.benchmarks.hitrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.benchmarks.HandSetClock;
import org.junit.jupiter.api.Test;

class ExactLruTest {
  private final HandSetClock clock = new HandSetClock();
  private final ExactLru lru = new ExactLru(2, 1_000, clock::epochMillis);

  @Test
  void secondCall_isAnsweredFromMemory() {
    assertThat(lru.call(1)).isFalse();
    assertThat(lru.call(1)).isTrue();
  }

  @Test
  void leastRecentlyUsed_goes() {
    lru.call(1);
    lru.call(2);
    lru.call(1);
    lru.call(3);
    assertThat(lru.call(1)).isTrue();
    assertThat(lru.call(2)).isFalse();
  }

  @Test
  void keyThatDoesNotExist_takesAPlace() {
    lru.call(1);
    lru.call(-1);
    lru.call(-2);
    assertThat(lru.call(1)).isFalse();
  }

  @Test
  void ttl_isCountedFromWriting() {
    lru.call(1);
    clock.set(999);
    assertThat(lru.call(1)).isTrue();
    clock.set(1_000);
    assertThat(lru.call(1)).isFalse();
    clock.set(1_999);
    assertThat(lru.call(1)).isTrue();
  }
}
