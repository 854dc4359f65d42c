package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WrongTokensTest {
  private final FakeTicker ticker = new FakeTicker();
  private final WrongTokens attempts = new WrongTokens(ticker);

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private WrongTokens.Failure fail(String from, int times) {
    WrongTokens.Failure last = attempts.failed(address(from));
    for (int i = 1; i < times; i++) {
      last = attempts.failed(address(from));
    }
    return last;
  }

  @Test
  void failures_areCountedByAddressAndAllTogether_untilAMinuteAfterTheFirst() {
    assertThat(fail("192.0.2.1", 9))
        .isEqualTo(new WrongTokens.Failure(9, 9, Duration.ofMinutes(1)));
    ticker.advance(Duration.ofSeconds(20));
    assertThat(fail("192.0.2.2", 1))
        .isEqualTo(new WrongTokens.Failure(1, 10, Duration.ofMinutes(1)));
    assertThat(fail("192.0.2.1", 2))
        .isEqualTo(new WrongTokens.Failure(11, 12, Duration.ofSeconds(40)));
    ticker.advance(Duration.ofSeconds(40));
    assertThat(fail("192.0.2.1", 1))
        .as("counted anew")
        .isEqualTo(new WrongTokens.Failure(1, 1, Duration.ofMinutes(1)));
    assertThat(fail("192.0.2.2", 1))
        .isEqualTo(new WrongTokens.Failure(2, 2, Duration.ofSeconds(20)));
  }

  @Test
  void addressesOfOneIpv6Network_countTogether() {
    fail("2001:db8:0:1::1", 5);
    fail("2001:db8:0:1:ffff::2", 5);
    assertThat(fail("2001:db8:0:1::3", 1).ofAddress()).isEqualTo(11);
    assertThat(fail("2001:db8:0:2::3", 1).ofAddress()).isEqualTo(1);
  }

  @Test
  void beyondAThousandAddresses_theEldestIsForgotten() {
    fail("192.0.2.1", 10);
    fail("192.0.2.2", 10);
    for (int i = 0; i < 1023; i++) {
      fail("10.0." + i / 256 + "." + i % 256, 1);
    }
    assertThat(fail("192.0.2.2", 1).ofAddress()).isEqualTo(11);
    assertThat(fail("192.0.2.1", 1)).extracting(WrongTokens.Failure::ofAddress).isEqualTo(1);
  }
}
