package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;

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

/** Several calls on one connection, on either side of the gateway. */
@Tag("transport")
class ConnectionReuseTest {
  private static final Duration SOON = Duration.ofSeconds(3);

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @Test
  void callsOneAfterTheOther_shareOneUpstreamConnection() throws Exception {
    both.upstream.always(connection -> connection.send(Answers.chatCompletion(1, 1)));
    for (int i = 0; i < 20; i++) {
      assertThat(chat().status()).isEqualTo(200);
    }
    assertThat(both.upstream.requests()).hasSize(20);
    assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void streams_leaveTheUpstreamConnectionUsable() throws Exception {
    both.upstream.then(Answers.chatStream(3, 1, 3)).then(Answers.messageStream(3, 1, 3));
    assertThat(chat().whole()).isTrue();
    assertThat(client.request("POST", MESSAGES, "{\"stream\":true}", BEARER).readResponse().whole())
        .isTrue();
    assertThat(chat().text()).isEqualTo("{}");
    // one for each upstream
    assertThat(both.upstream.acceptedConnections()).isEqualTo(2);
  }

  @Test
  void upstreamThatSaysClose_isNotUsedAgain() throws Exception {
    both.upstream.then(Answers.json(200, "{}", "Connection: close"));
    assertThat(chat().head().has("connection")).isFalse();
    assertThat(chat().status()).isEqualTo(200);
    assertThat(both.upstream.requests().getLast().connection()).isEqualTo(2);
    both.upstream.awaitOpenConnections(1);
  }

  @Test
  void upstreamThatSendsMoreThanItSaid_isNotUsedAgain() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.json(200, "{}"));
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
      assertThat(connection.awaitClientGone(SOON)).isTrue();
    });
    assertThat(chat().text()).isEqualTo("{}");
    both.upstream.awaitOpenConnections(0);
    both.upstream.then(Answers.json(200, "{\"right\":1}"));
    assertThat(chat().text()).isEqualTo("{\"right\":1}");
  }

  @Test
  void pipelinedCall_neverGetsWhatTheUpstreamSentTooMuch() throws Exception {
    both.upstream.then(
        Answers.json(200, "{}") + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    both.upstream.always(Answers.json(200, "{\"right\":1}"));
    client.request("POST", CHAT, "{}", BEARER).request("POST", CHAT, "{}", BEARER);
    assertThat(client.readResponse().text()).isEqualTo("{}");
    assertThat(client.readResponse().text()).isEqualTo("{\"right\":1}");
  }

  @Test
  void bytesOnAnIdleUpstreamConnection_endIt() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.json(200, "{}"));
      connection.stall();
      // Not a whole line, so that no decoder would report it.
      connection.send("GARB");
      assertThat(connection.awaitClientGone(SOON)).isTrue();
    });
    assertThat(chat().text()).isEqualTo("{}");
    both.upstream.release();
    both.upstream.awaitOpenConnections(0);
    assertThat(chat().text()).isEqualTo("{}");
  }

  @Test
  void pipelinedCalls_areAnsweredInOrder() throws Exception {
    for (int i = 0; i < 40; i++) {
      both.upstream.then(Answers.json(200, "{\"n\":" + i + "}"));
    }
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      String body = "{\"model\":\"glm-4.7\",\"n\":" + i + "}";
      requests.append(
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: gateway\r\n"
              + BEARER
              + "\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
    }
    client.send(requests.toString());
    for (int i = 0; i < 40; i++) {
      assertThat(client.readResponse().text()).isEqualTo("{\"n\":" + i + "}");
    }
    for (int i = 0; i < 40; i++) {
      assertThat(both.upstream.requests().get(i).json().path("n").asInt()).isEqualTo(i);
    }
  }

  @Test
  void pipelinedCalls_ofEveryKind_areAnsweredInOrder() throws Exception {
    both.upstream.then(Answers.chatStream(2, 1, 2)).then(Answers.json(200, "{\"n\":2}"));
    client
        .request("POST", CHAT, "{\"stream\":true}", BEARER)
        .request("GET", "/health", "")
        .request("HEAD", "/", "")
        .request("POST", CHAT, "{}", "Authorization: Bearer unknown-key")
        .request("POST", CHAT, "{}", BEARER);
    assertThat(client.readResponse().text()).endsWith("data: [DONE]\n\n");
    assertThat(client.readResponse().text()).contains("\"status\":\"ok\"");
    assertThat(client.readResponseToHead().status()).isEqualTo(200);
    assertThat(client.readResponse().status()).isEqualTo(401);
    assertThat(client.readResponse().text()).isEqualTo("{\"n\":2}");
  }

  @Test
  void clientThatExpectsContinue_isToldToGoOn() throws Exception {
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\n"
            + BEARER
            + "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assertThat(client.readInterim().startLine()).isEqualTo("HTTP/1.1 100 Continue");
    RawResponse response = client.send("{}").readResponse();
    assertThat(response.informational()).isEmpty();
    assertThat(response.status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().head().has("expect")).isFalse();
  }

  @Test
  void headPipelinedBehindAnExpectation_doesNotEmptyTheAnswerBefore() throws Exception {
    both.upstream.then(Answers.json(200, "{\"n\":1}"));
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\n"
            + BEARER
            + "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
    client.request("HEAD", "/", "").request("GET", "/health", "");
    assertThat(client.readResponse().text()).isEqualTo("{\"n\":1}");
    assertThat(client.readResponseToHead().status()).isEqualTo(200);
    assertThat(client.readResponse().text()).contains("\"status\":\"ok\"");
  }

  @Test
  void refusedExpectation_isAnsweredWithoutTheBody() throws Exception {
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer unknown-key"
            + "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    RawResponse response = client.readResponse();
    assertThat(response.informational()).isEmpty();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void clientThatSaysClose_isClosedAfterItsAnswer() throws Exception {
    client.request("POST", CHAT, "{}", BEARER, "Connection: close");
    RawResponse response = client.readResponse();
    assertThat(response.text()).isEqualTo("{}");
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(client.awaitServerGone(SOON)).isTrue();
    assertThat(both.upstream.onlyRequest().head().all("connection")).doesNotContain("close");
  }

  private RawResponse chat() throws IOException {
    return client.request("POST", CHAT, "{}", BEARER).readResponse();
  }
}
