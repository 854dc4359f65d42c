package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client may send, how much of it and how slowly. */
@Tag("transport")
class LimitsTest {
  private static final Duration SOON = Duration.ofSeconds(4);
  private static final int MAX_BODY = 100_000;

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both =
        GatewayAndUpstream.start(
            folder,
            "MAX_BODY_BYTES",
            Integer.toString(MAX_BODY),
            "MAX_BODY_MEMORY_BYTES",
            Integer.toString(MAX_BODY + 50_000),
            "MAX_CONNECTIONS",
            "4",
            "CLIENT_HEADER_TIMEOUT_MS",
            "800",
            "CLIENT_IDLE_TIMEOUT_MS",
            "1000");
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @Test
  void bodyDeclaredTooLarge_isRefusedBeforeItArrives() throws Exception {
    client.send(head("Content-Length: " + (MAX_BODY + 1)));
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(413);
    assertThat(refused.text()).contains("request_too_large").contains(MAX_BODY + " bytes");
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void bodyDeclaredTooLarge_isRefusedReadablyWhileTheClientIsStillSending() throws Exception {
    client.send(head("Content-Length: 3000000"));
    for (int i = 0; i < 30; i++) {
      client.send(new byte[50_000]);
    }
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(413);
    assertThat(refused.header("connection")).isEqualTo("close");
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void chunkedBodyThatGrowsTooLarge_isRefused() throws Exception {
    client.send(head("Transfer-Encoding: chunked"));
    String chunk = "2710\r\n" + "x".repeat(10_000) + "\r\n";
    for (int i = 0; i < 11; i++) {
      client.send(chunk);
    }
    assertThat(client.readResponse().status()).isEqualTo(413);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void bodyOfTheLargestSize_passes() throws Exception {
    String body = "{\"model\":\"glm-4.7\",\"x\":\"" + "y".repeat(MAX_BODY - 26) + "\"}";
    assertThat(body).hasSize(MAX_BODY);
    assertThat(client.request("POST", CHAT, body, BEARER).readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().text()).isEqualTo(body);
  }

  @Test
  void bodiesBeyondTheMemoryForAll_areToldToComeBack_andTheMemoryIsGivenBack() throws Exception {
    String body = "{\"x\":\"" + "y".repeat(90_000) + "\"}";
    try (RawClient first = both.connect()) {
      // All but the last byte: the memory stays taken.
      first.send(head("Content-Length: " + body.length()) + body.substring(0, body.length() - 1));
      awaitBodyBytes(body.length() - 1);
      RawResponse refused = client.request("POST", CHAT, body, BEARER).readResponse();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(refused.text()).contains("out_of_body_memory");
      first.send("}");
      assertThat(first.readResponse().status()).isEqualTo(200);
      both.gateway.awaitIdle();
      try (RawClient third = both.connect()) {
        assertThat(third.request("POST", CHAT, body, BEARER).readResponse().status())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void callAfterABodyThatFoundNoRoom_hasItsOwnBody() throws Exception {
    String held = "y".repeat(90_000);
    try (RawClient first = both.connect()) {
      first.send(head("Content-Length: 90001") + held);
      awaitBodyBytes(90_000);
      // The room ends within the last part, when nothing is left to be read.
      client.send(head("Content-Length: 80000") + "a".repeat(40_000));
      awaitBodyBytes(130_000);
      client.send("a".repeat(40_000));
      assertThat(client.readResponse().status()).isEqualTo(503);
      assertThat(both.gateway.gateway().bodyBytes()).isEqualTo(90_000);
      client.request("POST", CHAT, "{\"model\":\"glm-4.7\"}", BEARER);
      assertThat(client.readResponse().status()).isEqualTo(200);
      assertThat(both.upstream.onlyRequest().text()).isEqualTo("{\"model\":\"glm-4.7\"}");
    }
  }

  @Test
  void requestLineTooLong_isRefused() throws Exception {
    client.send("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: gateway\r\n\r\n");
    assertThat(client.readResponse().status()).isEqualTo(414);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void headersTooLarge_areRefused() throws Exception {
    client.send(head("Big: " + "x".repeat(70_000)));
    assertThat(client.readResponse().status()).isEqualTo(431);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void whatIsNotHttp_isRefusedWithAnIdAndNothingElse() throws Exception {
    client.send("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("malformed_request").doesNotContain("Exception");
    assertThat(refused.header("x-request-id")).isNotEmpty();
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void chunkThatIsNotOne_isRefused() throws Exception {
    client.send(head("Transfer-Encoding: chunked") + "zz\r\n");
    assertThat(client.readResponse().status()).isEqualTo(400);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void headThatTricklesIn_isGivenUp() throws Exception {
    client.send("POST " + CHAT + " HTTP/1.1\r\nHost:");
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(408);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void bodyThatStops_isGivenUp() throws Exception {
    client.send(head("Content-Length: 10") + "{\"a\"");
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(408);
    assertThat(refused.text()).contains("request_timeout");
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void bodyThatIsAskedForAndDoesNotCome_isGivenUp() throws Exception {
    client.send(head("Content-Length: 10\r\nExpect: 100-continue"));
    assertThat(client.readInterim().startLine()).isEqualTo("HTTP/1.1 100 Continue");
    assertThat(client.readResponse().status()).isEqualTo(408);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void connectionThatSaysNothing_isClosed() throws Exception {
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void idleKeptAliveConnection_isClosed() throws Exception {
    assertThat(client.request("GET", "/health", "").readResponse().status()).isEqualTo(200);
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void answerThatTakesLong_isNotTakenForAnIdleConnection() throws Exception {
    both.upstream.then(connection -> {
      // More than twice as long as an idle connection lives.
      assertThat(connection.awaitClientGone(Duration.ofMillis(2500))).isFalse();
      connection.send(Answers.json(200, "{\"late\":1}"));
    });
    assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().text())
        .isEqualTo("{\"late\":1}");
  }

  @Test
  void connectionsBeyondTheMost_areRefusedAndTheOthersServed() throws Exception {
    try (RawClient second = both.connect();
        RawClient third = both.connect();
        RawClient fourth = both.connect()) {
      for (RawClient served : new RawClient[] {client, second, third, fourth}) {
        assertThat(served.request("POST", CHAT, "{}", BEARER).readResponse().status())
            .isEqualTo(200);
      }
      try (RawClient fifth = both.connect()) {
        RawResponse refused = fifth.readResponse();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text()).contains("too_many_connections");
        assertThat(refused.header("x-request-id")).isNotEmpty();
        assertThat(fifth.awaitServerGone(SOON)).isTrue();
      }
      assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().status()).isEqualTo(200);
    }
  }

  @Test
  void refusedCallWithASmallBody_keepsTheConnection() throws Exception {
    client.request("POST", CHAT, "x".repeat(2_000), "Authorization: Bearer unknown-key");
    assertThat(client.readResponse().status()).isEqualTo(401);
    assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().status()).isEqualTo(200);
  }

  @Test
  void refusedCallWithALargeBody_endsTheConnectionCleanly() throws Exception {
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer unknown-key\r\n"
            + "Content-Length: 5000000\r\n\r\n");
    client.send(new byte[200_000]);
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("connection")).isEqualTo("close");
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  private void awaitBodyBytes(long bytes) {
    await().atMost(SOON).until(() -> both.gateway.gateway().bodyBytes() >= bytes);
  }

  private static String head(String field) {
    return "POST " + CHAT + " HTTP/1.1\r\nHost: gateway\r\n" + BEARER + "\r\n" + field + "\r\n\r\n";
  }
}
