package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.PassingTicker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream.Script;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.ReceivedRequest;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that closes a kept connection just when a call is sent on it. */
@Tag("transport")
class StaleConnectionTest {
  private static final String BODY = "{\"model\":\"glm-4.7\",\"text\":\"Grüße\"}";

  private final PassingTicker ticker = new PassingTicker();

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder, ticker);
    client = both.connect();
    both.upstream.then(Answers.json(200, "{\"n\":1}"));
    assertThat(call(BODY).text()).isEqualTo("{\"n\":1}");
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void reusedConnectionThatClosesWithoutAByte_isRetriedOnANewOne(boolean reset) throws Exception {
    Script close = reset ? UpstreamConnection::closeAbruptly : UpstreamConnection::close;
    both.upstream.then(close).then(Answers.json(200, "{\"n\":2}"));
    assertThat(call(BODY).text()).isEqualTo("{\"n\":2}");
    assertThat(both.upstream.requests())
        .extracting(ReceivedRequest::connection)
        .containsExactly(1, 1, 2);
    ReceivedRequest again = both.upstream.requests().get(2);
    assertThat(again.text()).isEqualTo(BODY);
    assertThat(again.head().raw()).isEqualTo(both.upstream.requests().get(1).head().raw());
  }

  @Test
  void reusedConnectionThatClosesLate_isNotRetried() throws Exception {
    both.upstream.then(connection -> {
      ticker.advance(Duration.ofSeconds(2));
      connection.close();
    });
    assertThat(call(BODY).status()).isEqualTo(502);
    assertThat(both.upstream.requests()).hasSize(2);
  }

  @Test
  void largeBody_isSentAgainWhole() throws Exception {
    String large = "{\"model\":\"glm-4.7\",\"text\":\"" + "ü".repeat(500_000) + "\"}";
    both.upstream.then(UpstreamConnection::close).then(Answers.json(200, "{\"n\":2}"));
    assertThat(call(large).text()).isEqualTo("{\"n\":2}");
    assertThat(Arrays.equals(both.upstream.requests().get(2).body(), large.getBytes(UTF_8)))
        .isTrue();
  }

  @Test
  void connectionClosedWhileIdle_isNotUsed() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.json(200, "{\"n\":2}"));
      connection.close();
    });
    assertThat(call(BODY).text()).isEqualTo("{\"n\":2}");
    both.upstream.then(Answers.json(200, "{\"n\":3}"));
    assertThat(call(BODY).text()).isEqualTo("{\"n\":3}");
    assertThat(both.upstream.requests().getLast().connection()).isEqualTo(2);
  }

  @Test
  void retryThatClosesAsWell_is502() throws Exception {
    both.upstream.then(UpstreamConnection::close).then(UpstreamConnection::close);
    assertThat(call(BODY).status()).isEqualTo(502);
    assertThat(both.upstream.requests()).hasSize(3);
    assertThat(both.upstream.acceptedConnections()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"H", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: b\r\n"})
  void reusedConnectionThatClosesAfterAByte_isNotRetried(String bytes) throws Exception {
    both.upstream.then(connection -> {
      connection.send(bytes);
      connection.close();
    });
    assertThat(call(BODY).status()).isEqualTo(502);
    assertThat(both.upstream.requests()).hasSize(2);
    assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void freshConnectionThatCloses_isNotRetried() throws Exception {
    both.upstream.then(Answers.json(200, "{}", "Connection: close"));
    assertThat(call(BODY).status()).isEqualTo(200);
    both.upstream.then(UpstreamConnection::close);
    assertThat(call(BODY).status()).isEqualTo(502);
    assertThat(both.upstream.requests())
        .extracting(ReceivedRequest::connection)
        .containsExactly(1, 1, 2);
  }

  private RawResponse call(String body) throws IOException {
    return client.request("POST", CHAT, body, BEARER).readResponse();
  }
}
