package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountsTest {
  private static final long MAX = Long.MAX_VALUE;

  @Test
  void results_thatDoNotFit_areTheLargestNumber() {
    assertThat(Counts.plus(MAX - 1, 1)).isEqualTo(MAX);
    assertThat(Counts.plus(MAX, 1)).isEqualTo(MAX);
    assertThat(Counts.plus(MAX, MAX)).isEqualTo(MAX);
    assertThat(Counts.times(1L << 31, 1L << 31)).isEqualTo(1L << 62);
    assertThat(Counts.times(1L << 32, 1L << 31)).isEqualTo(MAX);
    assertThat(Counts.times(MAX, MAX)).isEqualTo(MAX);
    assertThat(Counts.times(MAX, 1)).isEqualTo(MAX);
    assertThat(Counts.times(MAX, 0)).isZero();
    assertThat(Counts.times(MAX, 1.0)).isEqualTo(MAX);
  }

  @Test
  void partOfAToken_isOne() {
    assertThat(Counts.times(1, 0.25)).isEqualTo(1);
    assertThat(Counts.times(300, 1.0 / 3)).isEqualTo(100);
    assertThat(Counts.times(0, 0.25)).isZero();
  }
}
