package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.testkit.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client that stops reading in the middle of an answer. */
class SlowReaderTest {
  @Test
  void reader_thatStopsIsGivenUpWithoutBlamingTheUpstream() throws Exception {
    try (ServerUnderTest server = new ServerUnderTest(Ticker.system(), Duration.ofSeconds(1));
        RawClient client = server.connect()) {
      server.upstream.then(connection -> {
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        String event = "data: {\"filler\":\"" + "x".repeat(8000) + "\"}\n\n";
        while (true) {
          connection.send(event); // until the gateway closes
        }
      });
      client.request("POST", "/v1/responses", "{\"stream\":true}", ServerUnderTest.X_API_KEY);
      client.readHead();
      await().atMost(Duration.ofSeconds(10)).until(() -> !server.finished.isEmpty());
      assertThat(server.finished).extracting("outcome").containsExactly(Outcome.CLIENT_GONE);
      server.upstream.awaitOpenConnections(0);
    }
  }
}
