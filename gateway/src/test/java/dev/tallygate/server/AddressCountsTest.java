package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressCountsTest {
  private static final ClientAddress ONE = new ClientAddress(false, 1);
  private static final ClientAddress OTHER = new ClientAddress(false, 2);

  @Test
  void each_hasTheSameNumber_andMayHaveMoreWhenItGivesBack() {
    AddressCounts counts = new AddressCounts(2);
    assertThat(counts.tryTake(ONE)).isTrue();
    assertThat(counts.tryTake(ONE)).isTrue();
    assertThat(counts.tryTake(ONE)).isFalse();
    assertThat(counts.tryTake(OTHER)).isTrue();
    counts.giveBack(ONE);
    assertThat(counts.tryTake(ONE)).isTrue();
    assertThat(counts.tryTake(ONE)).isFalse();
  }

  @Test
  void whoHasNone_isForgotten() {
    AddressCounts counts = new AddressCounts(1);
    counts.tryTake(ONE);
    counts.tryTake(ONE);
    counts.tryTake(OTHER);
    counts.giveBack(ONE);
    assertThat(counts.size()).isEqualTo(1);
    counts.giveBack(OTHER);
    assertThat(counts.size()).isZero();
  }

  @Test
  void withoutALimit_nothingIsCounted() {
    AddressCounts counts = new AddressCounts(0);
    assertThat(counts.tryTake(ONE)).isTrue();
    assertThat(counts.size()).isZero();
    counts.giveBack(ONE);
    assertThat(counts.size()).isZero();
  }
}
