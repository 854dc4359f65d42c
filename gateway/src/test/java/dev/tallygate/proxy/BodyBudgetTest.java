package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BodyBudgetTest {
  private final BodyBudget budget = new BodyBudget(100);

  @Test
  void budget_isGivenOutToTheLastByteAndNoFurther() {
    assertThat(budget.tryTake(60)).isTrue();
    assertThat(budget.tryTake(41)).isFalse();
    assertThat(budget.tryTake(40)).isTrue();
    assertThat(budget.tryTake(1)).isFalse();
    budget.giveBack(100);
    assertThat(budget.used()).isZero();
  }

  @Test
  void requestWithoutABody_isTakenHoweverMuchOthersHold() {
    assertThat(budget.tryTake(100)).isTrue();
    // An edit made a body grow.
    budget.giveBack(-10);
    assertThat(budget.tryTake(0)).isTrue();
    assertThat(budget.tryTake(1)).isFalse();
  }
}
