package dev.tallygate.app.cli;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tallygate.model.Secret;
import dev.tallygate.testkit.FakeUpstream;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is not a gateway, or one that has stopped, ends a command; never the other way round. */
@Timeout(30)
class AdminApiTest {
  private FakeUpstream server;

  @BeforeEach
  void start() throws IOException {
    server = FakeUpstream.start();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void assertFails(Duration patience, String message) {
    try (AdminApi api = new AdminApi(server.uri(""), new Secret("t"), patience)) {
      assertThatExceptionOfType(CommandException.class)
          .isThrownBy(() -> api.get("/cache", Map.of()))
          .withMessageContaining(message);
    }
  }

  @Test
  void serverThatSaysNothing_isNotWaitedForLong() {
    server.always(connection -> connection.stall());
    assertFails(Duration.ofMillis(200), "takes connections and has not answered within");
  }

  @Test
  void answerWithoutAnEnd_isNotWaitedForLong() {
    server.always(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
      connection.stall();
    });
    assertFails(Duration.ofMillis(200), "takes connections and has not answered within");
  }

  @Test
  void answerThatIsFarTooLong_isNotKept() {
    server.always(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
      byte[] chunk = new byte[1 << 20];
      for (int i = 0; i < 1000; i++) {
        connection.send(chunk);
      }
    });
    assertFails(Duration.ofSeconds(20), "broke");
  }
}
