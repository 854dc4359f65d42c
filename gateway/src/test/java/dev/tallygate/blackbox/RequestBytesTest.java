package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.JSON;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.ReceivedRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reaches the upstream: target and body, byte for byte but for what is ours to change. */
@Tag("transport")
class RequestBytesTest {
  /** Member order, white space, escapes and numbers that a parser would not write again. */
  private static final String ODD_BODY =
      "{ \"z\" : [1.0e2, -0, 1E400 , 0.10],\r\n\t\"\\u006dodel\" : \"%s\" ,"
          + "\"ü\":\"\\u00e9\\uD83D\\uDE00 é😀\\/\", \"nested\":{\"model\":\"x\"},\"messages\":[]}  \n";

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
  void body_withTheModelTheClientMayChoose_isUntouched() throws Exception {
    String body = ODD_BODY.formatted("gl\\u006d-4.5-air");
    assertThat(call(CHAT, body, FREE_BEARER, JSON).status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().body()).isEqualTo(body.getBytes(UTF_8));
  }

  @Test
  void body_withAnotherModel_differsInTheModelOnly() throws Exception {
    for (String path : new String[] {CHAT, MESSAGES, "/v1/responses", "/v1/completions"}) {
      assertThat(call(path, ODD_BODY.formatted("gpt-99"), BEARER, JSON).status()).isEqualTo(200);
      assertThat(last().text()).as(path).isEqualTo(ODD_BODY.formatted("glm-4.7"));
    }
  }

  @Test
  void largeBody_arrivesWhole() throws Exception {
    String text = "ü".repeat(1 << 20);
    String body = "{\"text\":\"" + text + "\",\"model\":\"%s\"}";
    assertThat(call(CHAT, body.formatted("gpt-99"), BEARER, JSON).status()).isEqualTo(200);
    ReceivedRequest request = both.upstream.onlyRequest();
    assertThat(request.whole()).isTrue();
    assertThat(Arrays.equals(request.body(), body.formatted("glm-4.7").getBytes(UTF_8))).isTrue();
  }

  @Test
  void chunkedBody_isForwardedWithItsLength() throws Exception {
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\n"
            + BEARER
            + "\r\n"
            + JSON
            + "\r\nTransfer-Encoding: chunked\r\nTrailer: x-checksum\r\n\r\n");
    client.send("7;note=1\r\n{\"model\r\n");
    client.send("9\r\n\":\"gpt\",\"\r\n6\r\na\":1}\n\r\n");
    client.send("0\r\nx-checksum: 1\r\n\r\n");
    assertThat(client.readResponse().status()).isEqualTo(200);
    ReceivedRequest request = both.upstream.onlyRequest();
    assertThat(request.text()).isEqualTo("{\"model\":\"glm-4.7\",\"a\":1}\n");
    assertThat(request.head().all("content-length")).containsExactly("26");
    assertThat(request.head().has("transfer-encoding")).isFalse();
    assertThat(request.head().has("trailer")).isFalse();
  }

  @Test
  void bodyThatTricklesIn_arrivesWhole() throws Exception {
    String body = "{\"model\":\"glm-4.7\",\"text\":\"Grüße\"}";
    byte[] bytes = body.getBytes(UTF_8);
    client.send(
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: gateway\r\n"
            + BEARER
            + "\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n");
    for (byte one : bytes) {
      client.send(new byte[] {one});
    }
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().text()).isEqualTo(body);
  }

  @Test
  void bodyThatIsNotOurs_passesWhateverItIs() throws Exception {
    byte[] form = {0, (byte) 0xff, '\r', '\n', '{', (byte) 0x80};
    client.send(
        "POST /v1/files HTTP/1.1\r\nHost: gateway\r\n"
            + FREE_BEARER
            + "\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 6\r\n\r\n");
    client.send(form);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().body()).isEqualTo(form);
    assertThat(last().header("content-type")).isEqualTo("multipart/form-data; boundary=x");
  }

  @Test
  void callWithoutBody_hasNone() throws Exception {
    client.request("GET", "/v1/models", "", BEARER);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(last().head().has("content-length")).isFalse();
    client.request("DELETE", "/v1/files/f1", "", BEARER);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(last().method()).isEqualTo("DELETE");
    assertThat(last().head().has("content-length")).isFalse();
    client.request("POST", "/v1/files/f1/content", "", BEARER);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(last().head().all("content-length")).containsExactly("0");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models, /openai/models",
    "/v1/models?limit=1&after=a%2Fb+c%20d&empty=, /openai/models?limit=1&after=a%2Fb+c%20d&empty=",
    "/v1/files/a%20b%2fc//d/, /openai/files/a%20b%2fc//d/",
    "http://elsewhere.example/v1/models?x=1, /openai/models?x=1",
    "/v1/messages/batches?beta=true, /anthropic/v1/messages/batches?beta=true",
    "/v1/models?path=/v1/messages/../x, /openai/models?path=/v1/messages/../x",
  })
  void target_isKeptBelowTheUpstreamsBase(String target, String forwarded) throws Exception {
    client.request("GET", target, "", BEARER);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().target()).isEqualTo(forwarded);
    assertThat(last().head().all("host")).containsExactly("127.0.0.1:" + both.upstream.port());
  }

  @Test
  void messages_withAQuery_goToTheAnthropicUpstream() throws Exception {
    both.upstream.then(Answers.message(3, 4));
    assertThat(call(MESSAGES + "?beta=true", "{}", BEARER, JSON).status()).isEqualTo(200);
    assertThat(both.upstream.onlyRequest().target()).isEqualTo("/anthropic/v1/messages?beta=true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/../secret",
        "/v1/./models",
        "/v1/%2e%2e/secret",
        "/v1/files/..%2f..%2fsecret",
        "/v1/files/%2E.%5csecret",
        "/v1/files\\..\\secret",
        "/v1/messages/%2e%2e/models",
      })
  void dotSegment_isRefused(String target) throws Exception {
    client.request("GET", target, "", BEARER);
    RawResponse response = client.readResponse();
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.text()).contains("invalid_request_error");
    assertThat(both.upstream.requests()).isEmpty();
  }

  private RawResponse call(String path, String body, String... fields) throws IOException {
    return client.request("POST", path, body, fields).readResponse();
  }

  private ReceivedRequest last() {
    return both.upstream.requests().getLast();
  }
}
