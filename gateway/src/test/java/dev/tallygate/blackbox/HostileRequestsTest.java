package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static org.assertj.core.api.Assertions.assertThat;

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

/** Requests that no honest client sends, over real sockets, with a key that is good. */
@Tag("transport")
class HostileRequestsTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String POST = "POST " + CHAT + " HTTP/1.1\r\n";
  private static final String HOST = "Host: gateway\r\n";
  private static final String KEY = BEARER + "\r\n";
  private static final String BODY = "Content-Length: 2\r\n\r\n{}";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

  private static final List<String> BAD_FRAMING =
      List.of(
          "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
          "Content-Length: 2;\r\n\r\n{}",
          "Content-Length: 2 2\r\n\r\n{}",
          "Content-Length:\r\n\r\n{}",
          "Content-Length: 99999999999999999999\r\n\r\n{}",
          "Content-Length : 2\r\n\r\n{}",
          "Transfer-Encoding: identity\r\n\r\n{}",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: \"chunked\"\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "0x2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "-2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "+2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "\r\n{}\r\n0\r\n\r\n",
          CHUNKED + ";a=b\r\n{}\r\n0\r\n\r\n",
          CHUNKED + " 2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "2 2\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "80000000\r\n{}\r\n0\r\n\r\n",
          CHUNKED + "2\r\n{}}\r\n0\r\n\r\n",
          CHUNKED + "2\r\n{}\n0\r\n\r\n",
          CHUNKED + "2\r\n{}\r\n0\r\nX-A: a\nX-B: b\r\n\r\n",
          CHUNKED + "2\r\n{}\r\n0\r\nX-A: a\0b\r\n\r\n",
          CHUNKED + "2\r\n{}\r\n0\r\nno colon\r\n\r\n");
  private static final List<String> FOLDED =
      List.of(
          POST + HOST + KEY + "X: y\r\n Transfer-Encoding: chunked\r\n" + BODY,
          POST + HOST + KEY + "X: y\r\n\tz\r\n" + BODY,
          POST + HOST + KEY + "X: y\r\n \r\n" + BODY,
          POST + HOST + KEY + "Content-Length: 2\r\n \r\n{}",
          POST + HOST + KEY + "Connection: close,\r\n x-request-id\r\n" + BODY,
          POST + HOST + BEARER.replace(": ", ":\r\n ") + "\r\n" + BODY,
          POST + "Host: a\r\n b\r\n" + KEY + BODY,
          POST + " " + HOST + HOST + KEY + BODY,
          POST + " \r\n" + HOST + KEY + BODY,
          POST + HOST + KEY + CHUNKED + "2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n",
          POST + HOST + KEY + CHUNKED + "2\r\n{}\r\n0\r\nX: y\r\n\t\r\n\r\n",
          POST + HOST + KEY + CHUNKED + "2\r\n{}\r\n0\r\n z\r\n\r\n");
  private static final List<String> BAD_REQUEST_LINES =
      List.of(
          "POST\t" + CHAT + " HTTP/1.1\r\n",
          "POST " + CHAT + "\u000bHTTP/1.1\r\n",
          "POST " + CHAT + "\rHTTP/1.1\r\n",
          "POST\r" + CHAT + " HTTP/1.1\r\n",
          "POST \r" + CHAT + " HTTP/1.1\r\n",
          "POST " + CHAT + " \rHTTP/1.1\r\n",
          "POST " + CHAT + " HTTP/1.1 \r\n",
          "POST " + CHAT + " x HTTP/1.1\r\n",
          "POST  " + CHAT + " HTTP/1.1\r\n",
          "POST " + CHAT + "  HTTP/1.1\r\n",
          "POST \t " + CHAT + " HTTP/1.1\r\n",
          " POST " + CHAT + " HTTP/1.1\r\n",
          "\r\n POST " + CHAT + " HTTP/1.1\r\n",
          "POST " + CHAT + " http/1.1\r\n",
          "POST " + CHAT + " Http/1.1\r\n",
          "POST " + CHAT + "# HTTP/1.1\r\n",
          "POST " + CHAT + "?a=b#/../x HTTP/1.1\r\n",
          "POST " + CHAT + "\r\n",
          "PO(ST " + CHAT + " HTTP/1.1\r\n",
          "POST " + CHAT + " HTTP/1.1\n");
  private static final List<String> PATHS_WITH_DOTS =
      List.of(
          "/v1/../admin",
          "/v1/%2e%2e/admin",
          "/v1/%2E./admin",
          "/v1/..%2fadmin",
          "/v1/..;/admin",
          "/v1/..;a=b/admin",
          "/v1/.%2e;/admin",
          "/v1/.;/admin",
          "/%2e/v1/models");

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
  void hostThatIsMissingOrThereTwice_isRefused() throws Exception {
    assertRefused(400, POST + KEY + BODY);
    assertRefused(400, POST + HOST + HOST + KEY + BODY);
    assertRefused(400, "POST " + CHAT + " HTTP/1.0\r\n" + HOST + HOST + KEY + BODY);
    assertRefused(400, "POST http://gateway" + CHAT + " HTTP/1.1\r\n" + KEY + BODY);
  }

  @Test
  void hostThatIsNoHost_isRefused() throws Exception {
    for (String host :
        List.of(
            "a b",
            "a/b",
            "http://a",
            "a@b",
            "a?b",
            "a#b",
            "a\\b",
            "a\tb",
            "a\"",
            "<a>",
            "\u00e4")) {
      assertRefused(400, POST + "Host: " + host + "\r\n" + KEY + BODY);
    }
  }

  @Test
  void hostInAnyOfItsForms_isServed() throws Exception {
    for (String host : List.of("", "[::1]:3000", "my_gate-way.local:80", "a%20b", "10.0.0.1:")) {
      client.send("POST " + CHAT + " HTTP/1.1\r\nHost: " + host + "\r\n" + KEY + BODY);
      assertThat(client.readResponse().status()).as(host).isEqualTo(200);
    }
  }

  @Test
  void credentialOfOneKindMoreThanOnce_isRefused() throws Exception {
    String apiKey = BEARER.replace("Authorization: Bearer ", "x-api-key: ") + "\r\n";
    assertRefused(400, POST + HOST + KEY + KEY + BODY);
    assertRefused(400, POST + HOST + KEY + "authorization: Basic YTpi\r\n" + BODY);
    assertRefused(400, POST + HOST + apiKey + "X-Api-Key: other\r\n" + BODY);
    client.send(POST + HOST + KEY + apiKey + BODY);
    assertThat(client.readResponse().status()).isEqualTo(200);
  }

  @Test
  void otherMajorVersion_isRefused() throws Exception {
    for (String version : List.of("HTTP/2.0", "HTTP/3.0", "HTTP/9.9", "HTTP/0.9")) {
      assertRefused(505, "POST " + CHAT + " " + version + "\r\n" + HOST + KEY + BODY);
    }
  }

  @Test
  void refusalOfAHead_hasTheShapeOfItsApi_andIsNamed() throws Exception {
    client.send("POST /v1/messages HTTP/1.1\r\nx-request-id: mine\r\n" + KEY + BODY);
    RawResponse refused = client.readResponse();
    assertThat(refused.text())
        .startsWith("{\"type\":\"error\"")
        .contains("\"request_id\":\"mine\"");
    assertThat(refused.header("connection")).isEqualTo("close");
  }

  @Test
  void oldVersionWithoutHost_andAbsoluteForm_areServed() throws Exception {
    client.send("POST http://elsewhere" + CHAT + "?a=b HTTP/1.1\r\n" + HOST + KEY + BODY);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().target()).endsWith("/chat/completions?a=b");
    client.send("POST " + CHAT + " HTTP/1.0\r\n" + KEY + BODY);
    RawResponse answer = client.readResponse();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(client.awaitServerGone(SOON)).isTrue();
  }

  @Test
  void framingThatIsNotOne_isRefused() throws Exception {
    for (String rest : BAD_FRAMING) {
      assertRefused(400, POST + HOST + KEY + rest);
    }
  }

  @Test
  void lineThatBeginsWithABlank_isRefused() throws Exception {
    for (String request : FOLDED) {
      assertRefused(400, request);
    }
  }

  @Test
  void chunksInTheOldVersion_areRefused() throws Exception {
    assertRefused(400, "POST " + CHAT + " HTTP/1.0\r\n" + KEY + CHUNKED + "2\r\n{}\r\n0\r\n\r\n");
  }

  @Test
  void codingBesideChunks_isRefused() throws Exception {
    assertRefused(
        501, POST + HOST + KEY + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    assertRefused(
        501,
        POST
            + HOST
            + KEY
            + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  }

  @Test
  void bodyThatOnlyAnOldDraftOfWebSocketsHas_isRefused() throws Exception {
    assertRefused(
        400,
        "GET /v1/models HTTP/1.1\r\n"
            + HOST
            + KEY
            + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\nGET /v1/files HTTP/1.1\r\n"
            + HOST
            + KEY
            + "\r\n");
  }

  @Test
  void requestLineThatIsNotOne_isRefused() throws Exception {
    for (String line : BAD_REQUEST_LINES) {
      assertRefused(400, line + HOST + KEY + BODY);
    }
  }

  @Test
  void headersWithoutNumber_areRefused() throws Exception {
    assertRefused(431, POST + HOST + KEY + "a:\r\n".repeat(10_000) + BODY);
    assertRefused(
        431, POST + HOST + KEY + CHUNKED + "2\r\n{}\r\n0\r\n" + "a:\r\n".repeat(10_000) + "\r\n");
  }

  @Test
  void chunkLineWithoutEnd_isRefused() throws Exception {
    assertRefused(400, POST + HOST + KEY + CHUNKED + "2;a=" + "x".repeat(20_000));
    assertRefused(400, POST + HOST + KEY + CHUNKED + "0".repeat(20_000) + "2\r\n{}");
  }

  @Test
  void trailers_areNotPassedOn() throws Exception {
    client.send(
        POST
            + HOST
            + KEY
            + CHUNKED
            + "2;a=b\r\n{}\r\n0\r\nAuthorization: Bearer other\r\nX-Trailer: 1\r\n\r\n");
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().head().toString()).doesNotContain("X-Trailer", "other");
  }

  @Test
  void nominatedHeaders_areDropped_butNotWhatTheGatewayNeeds() throws Exception {
    client.send(
        POST
            + HOST
            + FREE_BEARER
            + "\r\nConnection: authorization, content-length, host, X-Mine, x-request-id\r\n"
            + "X-Mine: 1\r\nx-request-id: mine\r\n"
            + "Content-Length: 15\r\n\r\n{\"model\":\"glm\"}");
    RawResponse answer = client.readResponse();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-request-id")).isEqualTo("mine");
    assertThat(both.upstream.onlyRequest().text()).isEqualTo("{\"model\":\"glm\"}");
    assertThat(both.upstream.onlyRequest().head().first("x-mine")).isEmpty();
    assertThat(both.upstream.onlyRequest().head().first("content-length")).isEqualTo("15");
    assertThat(both.upstream.onlyRequest().head().first("host")).startsWith("127.0.0.1");
  }

  @Test
  void pathThatLeadsElsewhere_isRefused() throws Exception {
    for (String path : PATHS_WITH_DOTS) {
      client.request("GET", path, "", BEARER);
      assertThat(client.readResponse().status()).as(path).isEqualTo(400);
    }
    for (String path : List.of("//v1/models", "/admin/v1/keys", "/metrics", "*", "/v1%2fmodels")) {
      client.request("GET", path, "", BEARER);
      assertThat(client.readResponse().status()).as(path).isEqualTo(404);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void tunnel_isRefused() throws Exception {
    client.send("CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + KEY + "\r\n");
    assertThat(client.readResponse().status()).isEqualTo(404);
  }

  @Test
  void expectationThatIsNotKnown_isRefused() throws Exception {
    assertRefused(417, POST + HOST + KEY + "Expect: a-pony\r\n" + BODY);
    assertRefused(417, POST + HOST + KEY + "Expect: 100-continue, a-pony\r\n" + BODY);
  }

  @Test
  void valueThatWouldBreakOutOfItsLine_staysWithin() throws Exception {
    String model = "{\"model\":\"a\\r\\nSet-Cookie: a=b\\u0000\"}";
    RawResponse answer =
        client
            .request("POST", CHAT, model, FREE_BEARER, "x-request-id: a%0d%0aSet-Cookie: b")
            .readResponse();
    assertThat(answer.head().toString()).doesNotContain("Set-Cookie");
    client.send(
        "OPTIONS /v1/models HTTP/1.1\r\n"
            + HOST
            + "Origin: http://a\r\nAccess-Control-Request-Method: POST\r\n"
            + "Access-Control-Request-Headers: a\rSet-Cookie: b\r\n\r\n");
    assertThat(client.readResponse().status()).isEqualTo(400);
  }

  @Test
  void tenThousandPipelinedRequests_areAnsweredInOrder() throws Exception {
    int count = 10_000;
    Thread sender =
        Thread.ofVirtual()
            .start(() -> {
              StringBuilder some = new StringBuilder();
              try {
                for (int i = 0; i < count; i++) {
                  some.append("GET /nowhere HTTP/1.1\r\nHost: x\r\nx-request-id: n")
                      .append(i)
                      .append("\r\n\r\n");
                  if (some.length() > 8_000) {
                    client.send(some.toString());
                    some.setLength(0);
                  }
                }
                client.send(some.toString());
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    for (int i = 0; i < count; i++) {
      RawResponse answer = client.readResponse();
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.header("x-request-id")).isEqualTo("n" + i);
    }
    sender.join();
  }

  private void assertRefused(int status, String request) throws IOException {
    try (RawClient hostile = both.connect()) {
      hostile.send(request);
      assertThat(hostile.readResponse().status()).as(request).isEqualTo(status);
      assertThat(hostile.awaitServerGone(SOON)).as(request).isTrue();
    }
    assertThat(both.upstream.requests()).as(request).isEmpty();
  }
}
