package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.ScrapedMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one address may ask for, where the operator sets a limit. */
@Tag("transport")
class AddressLimitsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void connectionsBeyondThoseOfAnAddress_areRefused_andOtherAddressesServed() throws Exception {
    try (GatewayAndUpstream both =
            GatewayAndUpstream.start(folder, "MAX_CONNECTIONS_PER_ADDRESS", "2");
        RawClient first = both.connect()) {
      assertThat(health(first).status()).isEqualTo(200);
      try (RawClient second = both.connect();
          RawClient third = both.connect()) {
        assertThat(health(second).status()).isEqualTo(200);
        RawResponse refused = third.readResponse();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text()).contains("too_many_connections").contains("your address");
        assertThat(third.awaitServerGone(SOON)).isTrue();
        if (hasOtherAddresses()) {
          try (RawClient elsewhere = RawClient.connectFrom("127.0.0.2", both.uri("/"))) {
            assertThat(health(elsewhere).status()).isEqualTo(200);
          }
        }
      }
      ScrapedMetrics page =
          ScrapedMetrics.parse(Http.get(both.gateway.managementUri("/metrics")).body());
      assertThat(page.value("tallygate_refused_connections_total", "limit", "address"))
          .isEqualTo(1);
      assertThat(page.value("tallygate_refused_connections_total", "limit", "all")).isZero();
      await().atMost(SOON).until(() -> isServed(both));
    }
  }

  @Test
  void unknownKeys_beyondTheNumberOfAMinute_waitWithoutALookUp_andKnownOnesAreServed()
      throws Exception {
    try (GatewayAndUpstream both =
            GatewayAndUpstream.start(folder, "UNKNOWN_KEY_LIMIT_PER_MINUTE", "3");
        RawClient client = both.connect()) {
      assertThat(chat(client, BEARER).status()).isEqualTo(200);
      for (int i = 0; i < 3; i++) {
        assertThat(chat(client, "x-api-key: unknown-" + i).status()).isEqualTo(401);
      }
      assertThat(chat(client).status()).as("no key is no unknown key").isEqualTo(401);
      long loads = loads(both.gateway);
      for (String target : new String[] {CHAT, "/stats", "/cache-stats"}) {
        String method = target.equals(CHAT) ? "POST" : "GET";
        RawResponse refused =
            client.request(method, target, "", "x-api-key: other" + target).readResponse();
        assertThat(refused.status()).as(target).isEqualTo(429);
        assertThat(refused.text()).contains("too_many_unknown_keys");
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60);
      }
      assertThat(chat(client, "x-api-key: unknown-1").status()).as("remembered").isEqualTo(429);
      assertThat(loads(both.gateway)).isEqualTo(loads);
      assertThat(chat(client, BEARER).status()).isEqualTo(200);
      assertThat(chat(client).status()).isEqualTo(401);
      assumeThat(hasOtherAddresses()).isTrue();
      try (RawClient elsewhere = RawClient.connectFrom("127.0.0.2", both.uri("/"))) {
        assertThat(chat(elsewhere, "x-api-key: unknown-9").status()).isEqualTo(401);
      }
    }
  }

  private static boolean hasOtherAddresses() {
    return System.getProperty("os.name").equals("Linux");
  }

  private static RawResponse health(RawClient client) throws IOException {
    return client.request("GET", "/health", "").readResponse();
  }

  private static RawResponse chat(RawClient client, String... fields) throws IOException {
    return client.request("POST", CHAT, "{}", fields).readResponse();
  }

  private static boolean isServed(GatewayAndUpstream both) throws IOException {
    try (RawClient again = both.connect()) {
      return health(again).status() == 200;
    }
  }

  private static long loads(RunningGateway gateway) throws Exception {
    return KeyCalls.cacheStats(gateway, KEY).path("loads").asLong();
  }
}
