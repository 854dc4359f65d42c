package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.testkit.RawHttp2.DATA;
import static dev.tallygate.testkit.RawHttp2.END_HEADERS;
import static dev.tallygate.testkit.RawHttp2.GOAWAY;
import static dev.tallygate.testkit.RawHttp2.HEADERS;
import static dev.tallygate.testkit.RawHttp2.RST_STREAM;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long clients over TLS may keep the gateway waiting, and how they are let go. */
@Tag("transport")
class TlsPatienceTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int NO_ERROR = 0;

  @TempDir Path folder;

  private GatewayAndUpstream both;

  @BeforeEach
  @SuppressWarnings("NullAway.Init")
  void start() throws Exception {
    both =
        GatewayAndUpstream.startWithTls(
            folder,
            // Handshakes have to fit into it, those of a busy machine too.
            "CLIENT_HEADER_TIMEOUT_MS",
            "3000",
            "CLIENT_BODY_TIMEOUT_MS",
            "1500",
            "CLIENT_IDLE_TIMEOUT_MS",
            "1000",
            "UPSTREAM_IDLE_TIMEOUT_MS",
            "2000",
            "SHUTDOWN_GRACE_MS",
            "500");
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void refusalInTheMiddleOfAnUpload_isReadable_andTheConnectionEnds() throws Exception {
    try (RawClient client = both.connect()) {
      client.send(
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer unknown-key\r\n"
              + "Content-Length: 3000000\r\n\r\n");
      for (int i = 0; i < 30; i++) {
        client.send(new byte[50_000]);
      }
      RawResponse refused = client.readResponse();
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.whole()).isTrue();
      assertThat(refused.header("connection")).isEqualTo("close");
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
    awaitNobody();
  }

  @Test
  void clientThatGoesOnSending_afterItsRefusal_isLetGo() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (RawClient client = both.connect()) {
      client.send(
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer unknown-key\r\n"
              + "Content-Length: 30000000\r\n\r\n");
      Thread upload =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (!over.get()) {
                    client.send(new byte[1_000]);
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                  }
                } catch (IOException closed) {
                  return;
                }
              });
      assertThat(client.readResponse().status()).isEqualTo(401);
      awaitNobody();
      over.set(true);
      upload.join(SOON);
    }
  }

  @Test
  void headThatTricklesIn_isGivenUp() throws Exception {
    try (RawClient client = both.connect()) {
      client.send("POST " + CHAT + " HTTP/1.1\r\nHost:");
      assertThat(client.readResponse().status()).isEqualTo(408);
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
  }

  @Test
  void bodyThatStops_isGivenUp() throws Exception {
    try (RawClient client = both.connect()) {
      client.send(
          "POST " + CHAT + " HTTP/1.1\r\nHost: x\r\n" + BEARER + "\r\nContent-Length: 9\r\n\r\n{");
      assertThat(client.readResponse().status()).isEqualTo(408);
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
  }

  @Test
  void connectionThatSaysNothing_isClosed() throws Exception {
    try (RawClient client = both.connect()) {
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
  }

  @Test
  void bodyOfAStreamThatStops_isGivenUp_andTheOtherStreamsGoOn() throws Exception {
    both.upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{\"late\":1}"));
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{}", "authorization", "Bearer " + KEY);
      both.upstream.awaitRequests(1);
      beginUpload(client, 3);
      client.frame(DATA, 0, 3, "{".getBytes(US_ASCII));
      assertGivenUp(client, 3);
      both.upstream.release();
      assertThat(client.readBody(1)).isEqualTo("{\"late\":1}");
    }
    assertThat(both.upstream.requests()).hasSize(1);
  }

  @Test
  void bodyOfAStreamThatTricklesIn_isGivenUp() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (RawHttp2 client = both.connectHttp2()) {
      beginUpload(client, 1);
      Thread upload =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (!over.get()) {
                    // Never as long as a client may be idle.
                    client.frame(DATA, 0, 1, new byte[1]);
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                  }
                } catch (IOException closed) {
                  return;
                }
              });
      assertGivenUp(client, 1);
      over.set(true);
      upload.join(SOON);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void headOfAStreamThatStops_endsTheConnection() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, 0, 1, RawHttp2.head("POST", CHAT));
      assertLetGo(client);
    }
  }

  @Test
  void connectionWhoseStreamsHaveEnded_isClosed_whateverItPings() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client.get(1, "/health");
      assertThat(client.readHead().status()).hasToString("200");
      client.frame(RawHttp2.PING, 0, 0, new byte[8]);
      assertLetGo(client);
    }
  }

  @Test
  void clientThatDoesNotReadThatItIsLetGo_isLetGo() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      awaitNobody();
      assertLetGo(client);
    }
  }

  @Test
  void clientThatReadsNothingAnyMore_isLetGo_andItsCallCancelled() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      try {
        for (int i = 0; i < 10_000; i++) {
          connection.sendChunk("data: " + "x".repeat(8_000) + "\n\n");
        }
        gone.complete(false);
      } catch (IOException reset) {
        gone.complete(true);
      }
    });
    try (RawHttp2 client = both.connectHttp2(4_096)) {
      client.grant(0, 1 << 30).post(1, CHAT, "{\"stream\":true}", "authorization", "Bearer " + KEY);
      client.grant(1, 1 << 30);
      // Full to the brim: neither a reset nor GOAWAY finds room.
      assertThat(gone.get(20, TimeUnit.SECONDS)).as("upstream call cancelled").isTrue();
      awaitNobody();
    }
  }

  @Test
  void streamThatOutlivesTheGrace_isCut_andItsUpstreamCallCancelled() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.sendChunk(Answers.chatEvents(1, 1, 1).getFirst());
      assertThat(connection.awaitClientGone(SOON)).as("upstream call cancelled").isTrue();
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{\"stream\":true}", "authorization", "Bearer " + KEY);
      client.readUntil(frame -> frame.type() == DATA);
      both.gateway.gateway().close();
      client.awaitEnd();
    }
  }

  private static void beginUpload(RawHttp2 client, int stream) throws IOException {
    client.frame(
        HEADERS,
        END_HEADERS,
        stream,
        RawHttp2.head("POST", CHAT, "authorization", "Bearer " + KEY));
  }

  /** It gets 408, and is told to send no more. */
  private static void assertGivenUp(RawHttp2 client, int stream) throws IOException {
    RawHttp2.Frame head =
        client.readUntil(frame -> frame.stream() == stream && frame.type() == HEADERS);
    assertThat(head.head().status()).hasToString("408");
    assertThat(client.readBody(stream)).contains("request_timeout");
    RawHttp2.Frame end =
        client.readUntil(frame -> frame.stream() == stream && frame.type() == RST_STREAM);
    assertThat(end.errorCode()).isEqualTo(NO_ERROR);
  }

  private static void assertLetGo(RawHttp2 client) throws IOException {
    assertThat(client.readUntil(frame -> frame.type() == GOAWAY).errorCode()).isEqualTo(NO_ERROR);
    client.awaitEnd();
  }

  /** Waits until no client is connected. */
  private void awaitNobody() {
    await().atMost(Duration.ofSeconds(20)).until(() -> both.clientConnections() == 0);
  }
}
