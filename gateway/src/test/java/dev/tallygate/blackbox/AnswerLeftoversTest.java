package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that sends more than its answer: nobody is given the rest, nor is it logged. */
@Tag("transport")
class AnswerLeftoversTest {
  private static final String PRIVATE = "an-answer-of-another";
  private static final String RIGHT = "{\"right\":1}";

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
    // One client connection: on one event loop, whose pool both calls take their upstream's from.
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  static Stream<Arguments> leftovers() {
    List<String> answers =
        List.of(
            Answers.json(200, "{}"),
            Answers.chunked(200, List.of("{}")),
            Answers.json(429, "{}"),
            "HTTP/1.1 204 No Content\r\n\r\n");
    List<String> rests =
        List.of(
            PRIVATE,
            "HTTP/1.1 200 " + PRIVATE,
            "HTTP/1.1 418 ",
            "HTTP/1.1 204 ",
            "H",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nX-Own: " + PRIVATE + "\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-Own: " + PRIVATE);
    return answers.stream()
        .flatMap(answer -> rests.stream().map(rest -> Arguments.of(answer, rest)));
  }

  @ParameterizedTest
  @MethodSource("leftovers")
  void bytesBehindAnAnswer_reachNobody(String answer, String rest) throws Exception {
    both.upstream.then(answer + rest).always(Answers.json(200, RIGHT));
    client.request("POST", CHAT, "{}", BEARER).readResponse();
    var next = client.request("POST", CHAT, "{\"model\":\"m\"}", FREE_BEARER).readResponse();
    assertThat(next.status()).isEqualTo(200);
    assertThat(next.text()).isEqualTo(RIGHT);
    assertThat(next.head().toString()).doesNotContain(PRIVATE);
    assertThat(both.upstream.requests().getLast().connection()).isEqualTo(2);
  }

  @Test
  void bodyBehindTheAnswerToHead_reachesNobody() throws Exception {
    both.upstream.then(Answers.json(200, PRIVATE)).always(Answers.json(200, RIGHT));
    client.request("HEAD", "/v1/models", "", BEARER).readHead();
    assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().text()).isEqualTo(RIGHT);
    assertThat(both.upstream.requests().getLast().connection()).isEqualTo(2);
  }

  @Test
  void interimAnswers_leaveTheConnectionUsable() throws Exception {
    both.upstream.then("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Answers.json(200, "{}"));
    assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().text()).isEqualTo("{}");
    assertThat(client.request("POST", CHAT, "{}", BEARER).readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PRIVATE + "\r\n\r\n",
        "HTTP/" + PRIVATE + " 200 OK\r\n\r\n",
        "HTTP/1.1 " + PRIVATE + " OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + PRIVATE + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: " + PRIVATE + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + PRIVATE + "\r\n",
      })
  void answerThatIsNotHttp_isNotInTheLog(String answer) throws Exception {
    both.upstream.then(answer);
    try (LogCapture log = LogCapture.of("ROOT")) {
      client.request("POST", CHAT, "{}", BEARER).readHead();
      both.gateway.awaitIdle();
      assertThat(log.lines()).anyMatch(line -> line.contains("answered what is not HTTP"));
      assertThat(log.lines().toString()).doesNotContainIgnoringCase(PRIVATE);
    }
  }
}
