package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that leaves: the upstream stops working for it, and nothing stays behind. */
@Tag("transport")
class DisconnectTest {
  private static final Duration PROMPTLY = Duration.ofSeconds(2);
  private static final String STREAMED = "{\"stream\":true}";

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private final CompletableFuture<Boolean> gone = new CompletableFuture<>();

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavingBeforeTheFirstByte_cancelsTheUpstreamCall(boolean abruptly) throws Exception {
    both.upstream.then(this::watch);
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{}", BEARER);
      both.upstream.awaitRequests(1);
      leave(client, abruptly);
    }
    assertCancelled();
  }

  @Test
  void endingTheSendingSide_isLeaving() throws Exception {
    both.upstream.then(this::watch);
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{}", BEARER);
      both.upstream.awaitRequests(1);
      client.finishSending();
      assertCancelled();
      assertThat(client.awaitServerGone(Duration.ofSeconds(10))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavingWithinAStream_cancelsTheUpstreamCall(boolean abruptly) throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.sendChunk(Answers.chatEvents(1, 1, 1).getFirst());
      watch(connection);
    });
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, STREAMED, BEARER).readHead();
      client.readPart();
      leave(client, abruptly);
    }
    assertCancelled();
  }

  @Test
  void leavingWhileTheUpstreamIsHeldBack_cancelsTheUpstreamCall() throws Exception {
    byte[] part = new byte[1 << 20];
    both.upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\n\r\n");
      try {
        for (int i = 0; i < 256; i++) {
          connection.send(part);
        }
        gone.complete(false);
      } catch (IOException e) {
        gone.complete(true);
      }
    });
    try (RawClient client = both.connectSlowReader()) {
      client.request("GET", "/v1/files/f1/content", "", BEARER).readHead();
      leave(client, true);
    }
    assertCancelled();
  }

  @Test
  void leavingBeforeTheRequestIsRead_isNoticed() throws Exception {
    both.upstream.always(this::watch);
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{}", BEARER);
      leave(client, true);
    }
    both.gateway.awaitIdle();
  }

  @Test
  void leavingWithinTheRequest_callsNobody() throws Exception {
    try (RawClient client = both.connect()) {
      client.send(
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: gateway\r\n"
              + BEARER
              + "\r\nContent-Length: 100000\r\n\r\n{\"model\":");
      leave(client, true);
    }
    both.gateway.awaitIdle();
    assertThat(both.upstream.acceptedConnections()).isZero();
  }

  @Test
  void leavingWithPipelinedCalls_ends() throws Exception {
    both.upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{}"));
    });
    try (RawClient client = both.connect()) {
      for (int i = 0; i < 30; i++) {
        client.request("POST", CHAT, "{}", BEARER);
      }
      both.upstream.awaitRequests(1);
      leave(client, true);
    }
    // So many wait that the connection is not read: its end shows when the upstream answers.
    both.upstream.release();
    both.gateway.awaitIdle();
    assertThat(both.upstream.requests().size()).isLessThan(30);
  }

  @Test
  void leavingWhileConnecting_leavesNothingBehind() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI base = URI.create("http://127.0.0.1:" + full.getLocalPort());
      Path own = Files.createDirectory(folder.resolve("own"));
      GatewayAndUpstream.writeKeys(own);
      try (Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
          Socket second = new Socket(full.getInetAddress(), full.getLocalPort());
          RunningGateway gateway = RunningGateway.start(own, base, base, Map.of())) {
        assertThat(first.isConnected() && second.isConnected()).isTrue();
        try (RawClient client = RawClient.connect(gateway.uri("/"))) {
          client.request("POST", CHAT, "{}", BEARER);
          await().until(() -> gateway.gateway().openReservations() == 1);
          leave(client, true);
        }
        gateway.awaitIdle();
      }
    }
  }

  @Test
  void leavingBetweenTwoAttempts_makesNoMore() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    URI base = URI.create("http://127.0.0.1:" + port);
    Path own = Files.createDirectory(folder.resolve("own"));
    GatewayAndUpstream.writeKeys(own);
    try (RunningGateway gateway =
            RunningGateway.start(own, base, base, Map.of("UPSTREAM_RETRY_MS", "60000"));
        LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
      try (RawClient client = RawClient.connect(gateway.uri("/"))) {
        client.request("POST", CHAT, "{}", BEARER);
        await().until(() -> log.lines().size() > 3);
        leave(client, true);
      }
      gateway.awaitIdle();
      try (FakeUpstream found = FakeUpstream.startOn(port)) {
        assertThat(KeyCalls.chat(gateway, GatewayAndUpstream.KEY).status()).isEqualTo(200);
        assertThat(found.requests()).hasSize(1);
      }
    }
  }

  @Test
  void leavingWhileAnErrorIsLookedAt_cancelsTheUpstreamCall() throws Exception {
    both.upstream.then(connection -> {
      connection.send(
          "HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{");
      watch(connection);
    });
    try (RawClient client = both.connect()) {
      client.request("POST", CHAT, "{}", BEARER);
      both.upstream.awaitRequests(1);
      leave(client, true);
    }
    assertCancelled();
  }

  /** Waits for the gateway to give up this connection. */
  private void watch(UpstreamConnection connection) throws IOException {
    gone.complete(connection.awaitClientGone(PROMPTLY));
  }

  private void assertCancelled() throws Exception {
    assertThat(gone.get(10, TimeUnit.SECONDS)).isTrue();
    both.gateway.awaitIdle();
    FakeUpstream upstream = both.upstream;
    upstream.awaitOpenConnections(0);
    assertThat(upstream.acceptedConnections()).isEqualTo(1);
  }

  private static void leave(RawClient client, boolean abruptly) throws IOException {
    if (abruptly) {
      client.closeAbruptly();
    } else {
      client.close();
    }
  }
}
