package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  private final Durations durations = new Durations();

  @Test
  void none_hasNoQuantile() {
    assertThat(durations.quantile(0.5)).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {65, 100, 127, 128, 999, 12_345, 1_000_000, 59_000_000, 3_600_000_000L})
  void quantile_isWithinAFifth(long micros) {
    durations.add(micros * 1000);
    assertThat(durations.quantile(0.5))
        .isCloseTo(micros / 1000.0, Percentage.withPercentage(25))
        .isGreaterThanOrEqualTo(Math.floor(micros / 10.0) / 100);
  }

  @Test
  void shortestAndLongest_haveAPlace() {
    durations.add(0);
    assertThat(durations.quantile(1)).isCloseTo(0.08, within(0.001));
    durations.add(Duration.ofDays(30).toNanos());
    assertThat(durations.quantile(1)).isGreaterThan(4_000_000);
  }

  @Test
  void half_isBelowTheMedian_andFiveInAHundredAboveTheNext() {
    for (int i = 1; i <= 100; i++) {
      durations.add(Duration.ofMillis(i).toNanos());
    }
    assertThat(durations.quantile(0.5)).isBetween(50.0, 63.0);
    assertThat(durations.quantile(0.95)).isBetween(95.0, 119.0);
  }
}
