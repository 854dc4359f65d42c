package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class ClientAddressTest {
  @Test
  void address_ofTheOldProtocol_isOneClient() {
    assertThat(of("192.0.2.1")).isEqualTo(of("192.0.2.1")).isNotEqualTo(of("192.0.2.2"));
    assertThat(of("255.255.255.255")).isNotEqualTo(of("ffff:ffff:ffff:ffff::1"));
    assertThat(of("::ffff:192.0.2.1")).as("within the new one").isEqualTo(of("192.0.2.1"));
  }

  @Test
  void addresses_thatShareTheFirstHalf_areOneClient() {
    assertThat(of("2001:db8:1:2::1")).isEqualTo(of("2001:db8:1:2:ffff::9"));
    assertThat(of("2001:db8:1:2::1")).isNotEqualTo(of("2001:db8:1:3::1"));
  }

  @Test
  void whatIsNotOnANetwork_isNobody() {
    assertThat(ClientAddress.of(null)).isEqualTo(ClientAddress.NONE);
    assertThat(ClientAddress.of(InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
        .isEqualTo(ClientAddress.NONE);
  }

  private static ClientAddress of(String address) {
    return ClientAddress.of(new InetSocketAddress(address, 1));
  }
}
