package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Attempts attempts = new Attempts(ticker);

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private void fail(String from, int times) {
    for (int i = 0; i < times; i++) {
      attempts.failed(address(from));
    }
  }

  @Test
  void tenth_makesItsAddressWait_untilAMinuteAfterTheFirst() {
    InetAddress from = address("192.0.2.1");
    fail("192.0.2.1", 8);
    ticker.advance(Duration.ofSeconds(20));
    assertThat(attempts.failed(from)).isFalse();
    assertThat(attempts.wait(from)).isZero();
    assertThat(attempts.failed(from)).isTrue();
    assertThat(attempts.wait(from)).isEqualTo(Duration.ofSeconds(40));
    assertThat(attempts.wait(address("192.0.2.2"))).isZero();
    ticker.advance(Duration.ofSeconds(40));
    assertThat(attempts.wait(from)).isZero();
    assertThat(attempts.failed(from)).as("counted anew").isFalse();
  }

  @Test
  void addressesOfOneIpv6Network_countTogether() {
    fail("2001:db8:0:1::1", 5);
    fail("2001:db8:0:1:ffff::2", 5);
    assertThat(attempts.wait(address("2001:db8:0:1::3"))).isPositive();
    assertThat(attempts.wait(address("2001:db8:0:2::3"))).isZero();
  }

  @Test
  void beyondAThousandAddresses_theEldestIsForgotten() {
    fail("192.0.2.1", 10);
    for (int i = 0; i < 1023; i++) {
      fail("10.0." + i / 256 + "." + i % 256, 1);
    }
    assertThat(attempts.wait(address("192.0.2.1"))).isPositive();
    fail("10.1.0.0", 1);
    assertThat(attempts.wait(address("192.0.2.1"))).isZero();
  }
}
