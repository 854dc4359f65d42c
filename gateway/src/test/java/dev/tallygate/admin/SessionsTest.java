package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SessionsTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Sessions sessions = new Sessions(ticker);

  @Test
  void session_livesForTwelveHours() {
    Sessions.Begun begun = sessions.begin();
    assertThat(begun.session().expiresAt()).isEqualTo(FakeTicker.START.plusSeconds(12 * 3600));
    ticker.advance(Duration.ofHours(12).minusMillis(1));
    assertThat(sessions.find(begun.secret())).isEqualTo(begun.session());
    ticker.advance(Duration.ofMillis(1));
    assertThat(sessions.find(begun.secret())).isNull();
  }

  @Test
  void secrets_areDifferent_andTheirNamesDoNotTellThem() {
    Sessions.Begun one = sessions.begin();
    Sessions.Begun other = sessions.begin();
    assertThat(one.secret()).isNotEqualTo(other.secret()).hasSize(43);
    assertThat(one.session().name()).matches("session:[0-9a-f]{8}");
    assertThat(one.secret()).doesNotContain(one.session().name().substring(8));
    sessions.end(one.secret());
    assertThat(sessions.find(one.secret())).isNull();
    assertThat(sessions.find(other.secret())).isNotNull();
  }
}
