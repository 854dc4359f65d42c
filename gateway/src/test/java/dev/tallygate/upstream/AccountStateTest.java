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
    assertThat(account.spend(ONE, in(Duration.ofHours(2)))).isTrue();
    assertThat(account.isTroubled()).isTrue();
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE)).isEqualTo(new AccountState.Spent(reset, Duration.ofHours(1)));
    assertThat(account.spent(OTHER)).isNull();
    ticker.advance(Duration.ofHours(1));
    assertThat(account.spent(ONE)).isNull();
    assertThat(account.enter(ONE)).isNull();
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
  void spentAccount_isAskedOnceEveryTenMinutes() {
    account.spend(ONE, in(Duration.ofDays(30)));
    assertThat(account.closedToCalls(ONE)).isNotNull();
    assertThat(account.enter(ONE)).isNotNull();
    for (int i = 0; i < 3; i++) {
      ticker.advance(AccountState.ASKED_EVERY);
      assertThat(account.closedToCalls(ONE)).isNull();
      assertThat(account.enter(ONE)).isNull();
      assertThat(account.closedToCalls(ONE)).isNotNull();
      assertThat(account.enter(ONE)).isNotNull();
      assertThat(account.spent(ONE)).isNotNull();
    }
  }

  @Test
  void ofSeveralQuotas_theOneThatComesBackLastCounts() {
    Instant week = ticker.now().plus(Duration.ofDays(7));
    assertThat(account.spend(ONE, in(Duration.ofDays(7)))).isTrue();
    assertThat(account.spend(ONE, in(Duration.ofHours(5)))).isFalse();
    assertThat(account.spend(ONE, in(Duration.ofDays(7)))).isFalse();
    assertThat(account.spent(ONE)).extracting(AccountState.Spent::until).isEqualTo(week);
    assertThat(account.spend(ONE, in(Duration.ofDays(8)))).isTrue();
  }

  @Test
  void spentAccountThatHasServed_isOpen_unlessTheCallIsOlderThanTheWord() {
    long before = ticker.nanos();
    ticker.advance(Duration.ofSeconds(1));
    account.spend(ONE, in(Duration.ofDays(30)));
    assertThat(account.served(ONE, before)).isFalse();
    assertThat(account.spent(ONE)).isNotNull();
    ticker.advance(Duration.ofMinutes(10));
    assertThat(account.served(OTHER, ticker.nanos())).isFalse();
    assertThat(account.served(ONE, ticker.nanos())).isTrue();
    assertThat(account.served(ONE, ticker.nanos())).isFalse();
    assertThat(account.spent(ONE)).isNull();
    assertThat(account.isTroubled()).isFalse();
  }

  @Test
  void whatIsOver_isForgottenWithTheNextWord() {
    account.spend(ONE, in(Duration.ofHours(1)));
    account.refused(ONE, 1113);
    ticker.advance(Duration.ofHours(25));
    account.spend(OTHER, in(Duration.ofHours(1)));
    account.refused(OTHER, 1113);
    account.served(OTHER, ticker.nanos());
    assertThat(account.isTroubled()).isFalse();
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
  void refusal_isThatOfItsCredential_andNewsOnce_untilItIsServed() {
    assertThat(account.refusedWith(ONE)).isZero();
    assertThat(account.refused(ONE, 1113)).isTrue();
    assertThat(account.refused(ONE, 1113)).isFalse();
    assertThat(account.refused(ONE, 401)).isTrue();
    assertThat(account.refusedWith(ONE)).isEqualTo(401);
    assertThat(account.refusedWith(OTHER)).isZero();
    assertThat(account.served(ONE, ticker.nanos() - 1)).isFalse();
    assertThat(account.served(ONE, ticker.nanos())).isTrue();
    assertThat(account.refusedWith(ONE)).isZero();
  }

  @Test
  void whatIsForgotten_isNoMore() {
    account.spend(ONE, in(Duration.ofHours(1)));
    account.refused(OTHER, 401);
    account.forget();
    assertThat(account.isTroubled()).isFalse();
  }
}
