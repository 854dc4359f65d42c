package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream.Script;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that break off after their status was passed on: never taken for whole ones. */
@Tag("transport")
class BrokenAnswerTest {
  private static final Duration SOON = Duration.ofSeconds(4);
  private static final String STREAMED = "{\"stream\":true}";
  private static final List<String> CHAT_EVENTS = Answers.chatEvents(3, 1, 1);
  private static final List<String> MESSAGE_EVENTS = Answers.messageEvents(3, 1, 1);
  // The first event but for its last bytes.
  private static final String HALF = CHAT_EVENTS.getFirst().substring(0, 40);

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder, "UPSTREAM_IDLE_TIMEOUT_MS", "300");
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @Test
  void chatStreamThatFallsSilent_endsInAnErrorEvent() throws Exception {
    both.upstream.then(silent(Answers.streamHead() + Answers.chunk(CHAT_EVENTS.getFirst())));
    RawResponse response = stream(CHAT);
    String rest = response.text().substring(CHAT_EVENTS.getFirst().length());
    assertThat(response.text()).startsWith(CHAT_EVENTS.getFirst());
    assertThat(rest)
        .matches("data: \\{\"error\":\\{.*\"type\":\"upstream_timeout\".*\\}\\}\n\n")
        .contains("\"code\":\"upstream_idle_timeout\"");
    assertCut(response);
  }

  @Test
  void messageStreamThatFallsSilent_endsInAnErrorEvent() throws Exception {
    both.upstream.then(silent(Answers.streamHead() + Answers.chunk(MESSAGE_EVENTS.getFirst())));
    RawResponse response = stream(MESSAGES);
    assertThat(response.text()).startsWith(MESSAGE_EVENTS.getFirst());
    assertThat(response.text().substring(MESSAGE_EVENTS.getFirst().length()))
        .matches(
            "event: error\ndata: \\{\"type\":\"error\",\"error\":\\{\"type\":\"timeout_error\",.*\\}"
                + ",\"request_id\":\""
                + response.header("x-request-id")
                + "\"\\}\n\n");
    assertCut(response);
  }

  @Test
  void streamCutWithinAnEvent_endsThatAndSaysSo() throws Exception {
    both.upstream.then(closing(Answers.streamHead() + Answers.chunk(HALF)));
    RawResponse response = stream("/v1/responses");
    assertThat(response.text())
        .startsWith(HALF + "\n\ndata: {\"error\":")
        .contains("\"type\":\"upstream_error\"")
        .endsWith("}\n\n");
    assertCut(response);
  }

  @Test
  void streamResetByTheUpstream_endsInAnErrorEvent() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(MESSAGE_EVENTS.getFirst()));
      connection.stall();
      connection.closeAbruptly();
    });
    client.request("POST", MESSAGES, STREAMED, BEARER).readHead();
    client.readUntil(MESSAGE_EVENTS.getFirst());
    both.upstream.release();
    RawResponse response = client.rest();
    assertThat(response.text()).contains("event: error\n").contains("\"api_error\"");
    assertCut(response);
  }

  @Test
  void streamWithALength_isNotMadeWholeByItsErrorEvent() throws Exception {
    String event = MESSAGE_EVENTS.getFirst();
    both.upstream.then(
        closing(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: "
                + (event.length() + 20)
                + "\r\n\r\n"
                + event));
    RawResponse response = stream(MESSAGES);
    assertThat(response.text()).startsWith(event).contains("event: error\n").endsWith("}\n\n");
    assertCut(response);
  }

  @Test
  void streamBrokenBeforeItsFirstEvent_endsInAnErrorEvent() throws Exception {
    both.upstream.then(closing(Answers.streamHead()));
    RawResponse response = stream(MESSAGES);
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).contains("event: error\ndata: {\"type\":\"error\"");
    assertCut(response);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void hiddenUsageChunk_isNotShownByABreak(boolean whole) throws Exception {
    String usage = CHAT_EVENTS.get(CHAT_EVENTS.size() - 2);
    String shown = CHAT_EVENTS.getFirst();
    both.upstream.then(
        closing(
            Answers.streamHead()
                + Answers.chunk(shown)
                + Answers.chunk(whole ? usage : usage.substring(0, usage.length() - 9))));
    RawResponse response = stream(CHAT);
    assertThat(response.text()).startsWith(shown + (whole ? "data: {\"error\":" : ""));
    assertThat(response.text()).doesNotContain("prompt_tokens").contains("upstream_closed");
    assertCut(response);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 100\r\n\r\n{\"half\":",
        "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
        "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"half\":",
        "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\nnot-a-size\r\n",
      })
  void jsonThatBreaksOff_isCut(String rest) throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + rest;
    both.upstream.then(closing(answer)).then(silent(answer));
    RawResponse closed = chat();
    assertThat(closed.text()).isEqualTo("{\"half\":");
    assertCut(closed);
    try (RawClient second = both.connect()) {
      RawResponse fellSilent = second.request("POST", CHAT, "{}", BEARER).readResponse();
      assertThat(fellSilent.text()).isEqualTo("{\"half\":");
      assertThat(fellSilent.whole()).isFalse();
    }
    both.upstream.awaitOpenConnections(0);
  }

  @Test
  void answerUntilClose_thatIsReset_isCut() throws Exception {
    both.upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"half\":");
      connection.stall();
      connection.closeAbruptly();
    });
    client.request("POST", CHAT, "{}", BEARER).readHead();
    client.readUntil("{\"half\":");
    both.upstream.release();
    RawResponse response = client.rest();
    assertThat(response.text()).isEqualTo("{\"half\":");
    assertCut(response);
  }

  @Test
  void silenceBetweenBytes_countsFromTheLastByte() throws Exception {
    // Longer in all than the idle timeout, each pause shorter.
    String body = "{\"text\":\"abcdef\"}";
    both.upstream.then(connection -> {
      connection.send(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n");
      connection.sendSlowly(body.getBytes(UTF_8), 2, Duration.ofMillis(80));
    });
    assertThat(chat().text()).isEqualTo(body);
  }

  private static Script closing(String answer) {
    return connection -> {
      connection.send(answer);
      connection.close();
    };
  }

  private static Script silent(String answer) {
    return connection -> {
      connection.send(answer);
      assertThat(connection.awaitClientGone(SOON)).isTrue();
    };
  }

  private RawResponse stream(String path) throws IOException {
    return client.request("POST", path, STREAMED, BEARER).readResponse();
  }

  private RawResponse chat() throws IOException {
    return client.request("POST", CHAT, "{}", BEARER).readResponse();
  }

  private void assertCut(RawResponse response) throws IOException {
    assertThat(response.whole()).isFalse();
    assertThat(client.awaitServerGone(SOON)).isTrue();
    both.upstream.awaitOpenConnections(0);
    both.gateway.awaitIdle();
  }
}
