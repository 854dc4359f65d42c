package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing the gateway while it serves, without TLS and with it. */
@Tag("transport")
@ParameterizedClass
@ValueSource(booleans = {false, true})
class ShutdownTest {
  private static final Duration SOON = Duration.ofSeconds(4);
  private static final List<String> EVENTS = Answers.chatEvents(2, 5, 2);

  @Parameter private boolean tls;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private GatewayAndUpstream both;

  @BeforeEach
  void start() throws Exception {
    both =
        tls
            ? GatewayAndUpstream.startWithTls(folder, "SHUTDOWN_GRACE_MS", "1500")
            : GatewayAndUpstream.start(folder, "SHUTDOWN_GRACE_MS", "1500");
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void runningStream_endsWhole_andNobodyNewIsLetIn() throws Exception {
    streamThatStallsAfterItsFirstEvent();
    try (RawClient streaming = both.connect();
        RawClient idle = both.connect()) {
      assertThat(idle.request("GET", "/health", "").readResponse().status()).isEqualTo(200);
      streaming.request("POST", CHAT, "{\"stream\":true}", BEARER);
      streaming.readHead();
      assertThat(streaming.readPart()).isNotNull();

      Thread closing = Thread.ofPlatform().start(both.gateway.gateway()::close);
      assertThat(idle.awaitServerGone(SOON)).as("idle connection closed").isTrue();
      assertThatThrownBy(() -> both.connect().request("GET", "/health", "").readResponse())
          .isInstanceOf(IOException.class);
      assertThat(closing.isAlive()).as("waits for the stream").isTrue();

      both.upstream.release();
      assertThat(streaming.rest().text()).endsWith("data: [DONE]\n\n");
      closing.join(SOON);
      assertThat(closing.isAlive()).isFalse();
    }
  }

  @Test
  void answerGivenWhileClosing_endsItsConnection() throws Exception {
    both.upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{}"));
    });
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{}", BEARER);
      both.upstream.awaitRequests(1);
      Thread closing = Thread.ofPlatform().start(both.gateway.gateway()::close);
      await().atMost(SOON).until(() -> isRefusing());
      both.upstream.release();
      RawResponse answer = client.readResponse();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.awaitServerGone(SOON)).isTrue();
      closing.join(SOON);
    }
  }

  @Test
  void callThatOutlivesTheGrace_isCut_andItsUpstreamCallCancelled() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(EVENTS.getFirst()));
      assertThat(connection.awaitClientGone(SOON)).as("upstream call cancelled").isTrue();
    });
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{\"stream\":true}", BEARER);
      client.readHead();
      assertThat(client.readPart()).isNotNull();
      both.gateway.gateway().close();
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
  }

  private boolean isRefusing() {
    try (RawClient probe = both.connect()) {
      return probe.awaitServerGone(Duration.ofMillis(200));
    } catch (IOException refused) {
      return true;
    }
  }

  private void streamThatStallsAfterItsFirstEvent() {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(EVENTS.getFirst()));
      connection.stall();
      for (String event : EVENTS.subList(1, EVENTS.size())) {
        connection.sendChunk(event);
      }
      connection.endChunks();
    });
  }
}
