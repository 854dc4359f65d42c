package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AccountStateTest {
  private static final Secret ONE = new Secret("one");
  private static final Secret OTHER = new Secret("other");

  private final FakeTicker ticker = new FakeTicker();
  private final AccountState account = new AccountState(ticker);

  private AccountState.Spent in(Duration time) {
    return Objects.requireNonNull(account.until(ticker.now().plus(time)));
  }

  @Test
  void spentQuota_isThatOfItsCredential_untilItsReset() {
    Instant reset = ticker.now().plus(Duration.ofHours(2));
    account.spend(ONE, in(Duration.ofHours(2)));
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE)).isEqualTo(new AccountState.Spent(reset, Duration.ofHours(1)));
    assertThat(account.spent(OTHER)).isNull();
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE)).isNull();
  }

  @Test
  void wallClockThatIsSet_changesNothingOfTheTimeLeft() {
    account.spend(ONE, in(Duration.ofHours(2)));
    ticker.stepWallClock(Duration.ofDays(-1));
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE))
        .extracting(AccountState.Spent::left)
        .isEqualTo(Duration.ofHours(1));
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE)).isNull();
  }

  @Test
  void resetThatCannotBe_isNotBelieved() {
    assertThat(account.until(null)).isNull();
    assertThat(account.until(ticker.now())).isNull();
    assertThat(account.until(ticker.now().minusSeconds(1))).isNull();
    assertThat(account.until(ticker.now().plus(Duration.ofDays(36)))).isNull();
    assertThat(account.until(ticker.now().plus(Duration.ofDays(31)))).isNotNull();
  }

  @Test
  void refusal_lastsUntilItIsServed() {
    assertThat(account.refusedWith()).isZero();
    account.refused(1113);
    assertThat(account.refusedWith()).isEqualTo(1113);
    account.served();
    assertThat(account.refusedWith()).isZero();
  }
}
