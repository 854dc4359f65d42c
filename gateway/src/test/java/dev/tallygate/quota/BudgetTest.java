package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.quota.Budget.Busy;
import dev.tallygate.quota.Budget.Fits;
import dev.tallygate.quota.Budget.Full;
import dev.tallygate.quota.Budget.Never;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private static Budget budget(long limit, long used, long reserved) {
    return new Budget(limit, used, reserved);
  }

  @Test
  void adaptive_ignoresItsOwnEstimate() {
    assertThat(budget(100, 60, 30).adaptive(5)).isEqualTo(new Fits(5));
    assertThat(budget(100, 60, 30).adaptive(50)).isEqualTo(new Fits(50));
    assertThat(budget(100, 60, 39).adaptive(Long.MAX_VALUE)).isEqualTo(new Fits(100));
  }

  @Test
  void adaptive_waitsForCallsOrForTheWindow() {
    assertThat(budget(100, 60, 40).adaptive(5)).isEqualTo(new Busy());
    assertThat(budget(100, 0, 100).adaptive(5)).isEqualTo(new Busy());
    assertThat(budget(100, 100, 0).adaptive(5)).isEqualTo(new Full(100));
    assertThat(budget(100, 120, 30).adaptive(5)).isEqualTo(new Full(70));
    assertThat(budget(100, 120, 100).adaptive(5)).isEqualTo(new Full(100));
    assertThat(budget(0, 0, 0).adaptive(5)).isEqualTo(new Full(0));
  }

  @Test
  void strict_countsTheWholeWorstCase() {
    assertThat(budget(100, 60, 30).strict(10)).isEqualTo(new Fits(10));
    assertThat(budget(100, 60, 30).strict(11)).isEqualTo(new Busy());
    assertThat(budget(100, 60, 0).strict(41)).isEqualTo(new Full(60));
    assertThat(budget(100, 60, 10).strict(41)).isEqualTo(new Full(50));
    assertThat(budget(100, 60, 10).strict(100)).isEqualTo(new Full(1));
    assertThat(budget(100, 0, 0).strict(101)).isEqualTo(new Never());
    assertThat(budget(0, 0, 0).strict(1)).isEqualTo(new Never());
  }

  @Test
  void numbersAtTheEndOfTheRange_doNotOverflow() {
    long max = Long.MAX_VALUE;
    assertThat(budget(max, max, max).available()).isZero();
    assertThat(budget(max, max - 1, 0).adaptive(max)).isEqualTo(new Fits(max));
    assertThat(budget(max, 0, max).strict(max)).isEqualTo(new Busy());
    assertThat(budget(max, 1, 0).strict(max)).isEqualTo(new Full(1));
    assertThat(budget(100, max, max).adaptive(max)).isEqualTo(new Full(100));
  }
}
