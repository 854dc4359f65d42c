package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Answers that are complete on the upstream's side while their last bytes still wait in the gateway
 * for a client that reads slowly.
 */
@Tag("transport")
class AnswerTailTest {
  private static final int STEP = 16 * 1024;

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private int size;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder, "SHUTDOWN_GRACE_MS", "3000");
    both.upstream.always(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
      connection.send(new byte[size]);
    });
    size = largestThatLeavesTheUpstream();
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void tail_isSentWhenTheGatewayCloses() throws Exception {
    try (RawClient client = both.connectSlowReader()) {
      client.request("GET", "/v1/files/f1/content", "", BEARER).readHead();
      both.gateway.awaitIdle();
      Thread closing = Thread.ofPlatform().start(both.gateway.gateway()::close);
      RawResponse response = client.rest();
      assertThat(response.whole()).isTrue();
      assertThat(response.body().length).isEqualTo(size);
      closing.join(Duration.ofSeconds(5));
      assertThat(closing.isAlive()).isFalse();
    }
  }

  /** Found by halving: how much a connection takes without being read differs between kernels. */
  private int largestThatLeavesTheUpstream() throws IOException {
    int leaves = 0;
    int stays = 8 << 20;
    while (stays - leaves > STEP) {
      size = (leaves + stays) / 2 / STEP * STEP;
      try (RawClient client = both.connectSlowReader()) {
        client.request("GET", "/v1/files/f1/content", "", BEARER).readHead();
        if (endsUnread()) {
          leaves = size;
        } else {
          stays = size;
        }
      }
      both.gateway.awaitIdle();
    }
    return leaves;
  }

  private boolean endsUnread() {
    try {
      await()
          .pollInterval(Duration.ofMillis(5))
          .atMost(Duration.ofMillis(150))
          .until(() -> both.gateway.gateway().openExchanges() == 0);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }
}
