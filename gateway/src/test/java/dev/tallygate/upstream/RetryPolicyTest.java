package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private final RetryPolicy policy = new RetryPolicy(Duration.ofSeconds(1), Set.of(503));

  @Test
  void pauses_growAndDiffer() {
    SplittableRandom random = new SplittableRandom(1);
    assertThat(policy.pause(1, random)).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    assertThat(policy.pause(2, random)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
    assertThat(policy.pause(1, random)).isNotEqualTo(policy.pause(1, random));
    assertThat(policy.pause(1_000_000, random)).isLessThan(Duration.ofSeconds(7));
  }

  @Test
  void window_isAsLongAsItSays() {
    assertThat(policy.allows(Duration.ofSeconds(1))).isTrue();
    assertThat(policy.allows(Duration.ofSeconds(1).plusNanos(1))).isFalse();
    assertThat(new RetryPolicy(Duration.ZERO, Set.of()).allows(Duration.ofNanos(1))).isFalse();
  }
}
