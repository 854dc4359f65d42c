package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnknownKeysTest {
  private static final ClientAddress ONE = new ClientAddress(false, 1);
  private static final ClientAddress OTHER = new ClientAddress(false, 2);

  private final FakeTicker ticker = new FakeTicker();
  private final UnknownKeys keys = new UnknownKeys(2, ticker);

  @Test
  void whoHasHadItsNumber_waitsForTheEndOfItsMinute() {
    assertThat(keys.count(ONE)).isNull();
    ticker.advance(Duration.ofSeconds(20));
    assertThat(keys.wait(ONE)).isNull();
    assertThat(keys.count(ONE)).isNull();
    assertThat(keys.wait(ONE)).isEqualTo(Duration.ofSeconds(40));
    ticker.advance(Duration.ofSeconds(39));
    assertThat(keys.count(ONE)).isEqualTo(Duration.ofSeconds(1));
    ticker.advance(Duration.ofSeconds(1));
    assertThat(keys.wait(ONE)).isNull();
    assertThat(keys.count(ONE)).isNull();
  }

  @Test
  void others_doNotWaitForIt() {
    for (int i = 0; i < 5; i++) {
      keys.count(ONE);
    }
    assertThat(keys.wait(OTHER)).isNull();
    assertThat(keys.count(OTHER)).isNull();
  }

  @Test
  void withoutALimit_nobodyWaits() {
    UnknownKeys unlimited = new UnknownKeys(0, ticker);
    for (int i = 0; i < 1_000; i++) {
      assertThat(unlimited.count(ONE)).isNull();
    }
    assertThat(unlimited.wait(ONE)).isNull();
  }
}
