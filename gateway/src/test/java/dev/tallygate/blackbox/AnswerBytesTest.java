package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What reaches the client: the upstream's status and body, byte for byte, in a framing it reads.
 */
@Tag("transport")
class AnswerBytesTest {
  private static final Duration SOON = Duration.ofSeconds(3);
  private static final String BODY = Answers.chatCompletionBody(12, 30);

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
  void answerWithALength_keepsIt() throws Exception {
    both.upstream.then(Answers.json(200, BODY));
    RawResponse response = chat();
    assertThat(response.text()).isEqualTo(BODY);
    assertThat(response.header("content-length")).isEqualTo("" + BODY.getBytes(UTF_8).length);
    assertThat(response.head().has("transfer-encoding")).isFalse();
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void chunkedAnswer_staysChunked() throws Exception {
    both.upstream.then(Answers.chunked(200, List.of(BODY.substring(0, 9), BODY.substring(9))));
    RawResponse response = chat();
    assertThat(response.whole()).isTrue();
    assertThat(response.text()).isEqualTo(BODY);
    assertThat(response.head().all("transfer-encoding")).containsExactly("chunked");
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void answerUntilClose_isWholeAndKeepsTheClientsConnection() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.untilClose(200, BODY));
      connection.close();
    });
    RawResponse response = chat();
    assertThat(response.whole()).isTrue();
    assertThat(response.text()).isEqualTo(BODY);
    assertThat(response.head().all("transfer-encoding")).containsExactly("chunked");
    assertThat(tokensUsed()).isEqualTo(42);
    assertThat(chat().text()).isEqualTo("{}");
  }

  @Test
  void trailersOfTheUpstream_areDropped() throws Exception {
    both.upstream.then(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n"
            + Answers.chunk("ab")
            + "0\r\nx-sum: 1\r\n\r\n");
    RawResponse response = chat();
    assertThat(response.rawBody()).isEqualTo("2\r\nab\r\n0\r\n\r\n".getBytes(UTF_8));
    assertThat(response.head().has("trailer")).isFalse();
  }

  @Test
  void answerWithoutUsage_passesAndCostsNothing() throws Exception {
    both.upstream.then(Answers.json(200, "{\"object\":\"list\",\"data\":[]}"));
    client.request("GET", "/v1/models", "", BEARER);
    assertThat(client.readResponse().text()).isEqualTo("{\"object\":\"list\",\"data\":[]}");
    assertThat(tokensUsed()).isZero();
  }

  @Test
  void answerOfMegabytes_isByteExact() throws Exception {
    byte[] random = new byte[5_000_000];
    new Random(1).nextBytes(random);
    both.upstream.then(connection -> {
      connection.send(
          "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: "
              + random.length
              + "\r\n\r\n");
      connection.send(random);
    });
    RawResponse response = chat();
    assertThat(response.whole()).isTrue();
    assertThat(Arrays.equals(response.body(), random)).isTrue();
  }

  @Test
  void jsonOfMegabytes_isByteExactAndItsUsageFound() throws Exception {
    String json =
        "{\"data\":[{\"b64_json\":\"" + "QUJD".repeat(700_000) + "\"}]," + BODY.substring(1);
    both.upstream.then(Answers.json(200, json));
    assertThat(chat().text().equals(json)).isTrue();
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void head_isRelayedWithTheLengthAndWithoutABody() throws Exception {
    both.upstream.then(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n");
    RawResponse response = client.request("HEAD", "/v1/models", "", BEARER).readResponseToHead();
    assertThat(both.upstream.onlyRequest().method()).isEqualTo("HEAD");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-length")).isEqualTo("99");
    assertThat(chat().text()).isEqualTo("{}");
    assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 7\r\n",
        "HTTP/1.1 304 Not Modified\r\n",
      })
  void statusWithoutBody_leavesTheConnectionsUsable(String head) throws Exception {
    both.upstream.then(head + "\r\n");
    client.request("GET", "/v1/files/f1", "", BEARER);
    RawResponse response = client.readResponse();
    assertThat(head).startsWith(response.head().startLine());
    assertThat(response.head().has("transfer-encoding")).isFalse();
    assertThat(response.body()).isEmpty();
    assertThat(chat().text()).isEqualTo("{}");
    assertThat(both.upstream.acceptedConnections()).isEqualTo(1);
  }

  /** Unlike the ones above, its framing is not known by its status alone (RFC 9110 §15.3.6). */
  @Test
  void resetContent_saysThatItHasNoBody() throws Exception {
    both.upstream.then("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
    client.request("GET", "/v1/files/f1", "", BEARER);
    RawResponse response = client.readResponse();
    assertThat(response.head().all("content-length")).containsExactly("0");
    assertThat(response.head().has("transfer-encoding")).isFalse();
    assertThat(response.body()).isEmpty();
    assertThat(chat().text()).isEqualTo("{}");
  }

  @Test
  void emptyAnswer_isEmpty() throws Exception {
    both.upstream.then("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    RawResponse response = chat();
    assertThat(response.header("content-length")).isEqualTo("0");
    assertThat(response.body()).isEmpty();
    assertThat(chat().text()).isEqualTo("{}");
  }

  @Test
  void interimAnswersOfTheUpstream_areIgnored() throws Exception {
    both.upstream.then(
        "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + Answers.message(5, 6));
    client.request("POST", MESSAGES, "{}", BEARER);
    RawResponse response = client.readResponse();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.informational()).isEmpty();
    assertThat(response.head().has("link")).isFalse();
    assertThat(tokensUsed()).isEqualTo(11);
  }

  @Test
  void oldClient_readsUntilClose() throws Exception {
    both.upstream.then(Answers.chunked(200, List.of(BODY)));
    client.send("POST " + CHAT + " HTTP/1.0\r\n" + BEARER + "\r\nContent-Length: 2\r\n\r\n{}");
    RawResponse response = client.readResponse();
    assertThat(response.head().has("transfer-encoding")).isFalse();
    assertThat(response.head().has("content-length")).isFalse();
    assertThat(response.header("connection")).isEqualTo("close");
    assertThat(response.text()).isEqualTo(BODY);
    assertThat(client.awaitServerGone(SOON)).isTrue();
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void oldClientThatAsks_keepsItsConnection() throws Exception {
    both.upstream.then(Answers.json(200, BODY)).then(Answers.json(200, "{\"n\":2}"));
    String request =
        "POST "
            + CHAT
            + " HTTP/1.0\r\n"
            + BEARER
            + "\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}";
    RawResponse first = client.send(request).readResponse();
    assertThat(first.header("connection")).isEqualToIgnoringCase("keep-alive");
    assertThat(first.text()).isEqualTo(BODY);
    assertThat(client.send(request).readResponse().text()).isEqualTo("{\"n\":2}");
  }

  @Test
  void oldUpstream_isUnderstood() throws Exception {
    both.upstream.then(connection -> {
      connection.send("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY);
      connection.close();
    });
    RawResponse response = chat();
    assertThat(response.head().startLine()).startsWith("HTTP/1.1 200");
    assertThat(response.whole()).isTrue();
    assertThat(response.text()).isEqualTo(BODY);
  }

  private RawResponse chat() throws IOException {
    return client.request("POST", CHAT, "{}", BEARER).readResponse();
  }

  private int tokensUsed() throws Exception {
    return Http.get(both.uri("/stats"), "x-api-key", KEY)
        .json()
        .at("/current_usage/tokens_used_in_current_window")
        .asInt();
  }
}
