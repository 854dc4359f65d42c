package dev.tallygate.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimesTest {
  private final Times times = new Times(new double[] {0.005, 0.1, 1});

  @Test
  void duration_fallsIntoTheBucketThatItIsAtMost() {
    times.add(Duration.ofMillis(5).toNanos());
    times.add(Duration.ofMillis(5).toNanos() + 1);
    times.add(Duration.ofMillis(100).toNanos());
    times.add(Duration.ofSeconds(1).toNanos());
    times.add(Duration.ofMinutes(20).toNanos());
    assertThat(times.counts()).containsExactly(1, 2, 1, 1);
    assertThat(times.sum()).isEqualTo(1201.110000001);
  }

  @Test
  void severalThreadsTimes_addUp() {
    Times other = new Times(new double[] {0.005, 0.1, 1});
    other.add(Duration.ofMillis(50).toNanos());
    times.add(Duration.ofMillis(60).toNanos());
    times.addAll(other);
    assertThat(times.counts()).containsExactly(0, 2, 0, 0);
    assertThat(times.sum()).isEqualTo(0.11);
  }

  @Test
  void negativeDuration_countsAsNone() {
    times.add(-1);
    assertThat(times.counts()).containsExactly(1, 0, 0, 0);
    assertThat(times.sum()).isZero();
  }
}
