package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static dev.tallygate.blackbox.GatewayAndUpstream.OWN_CREDENTIAL;
import static dev.tallygate.blackbox.GatewayAndUpstream.OWN_KEY;
import static dev.tallygate.testkit.RunningGateway.MASTER_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Headers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.ReceivedRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which header fields pass, in both directions, and which are ours. */
@Tag("transport")
class HeaderRulesTest {
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

  /** Fields separated by {@code |}; {@code <key>} is the gateway key. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer <key>",
        "authorization: bearer   <key>",
        "X-Api-Key: <key>",
        "x-api-key: <key>|Authorization: Bearer <key>",
        "x-api-key: secret-of-the-client|Authorization: Bearer <key>",
        "x-api-key: <key>|Authorization: Bearer secret-of-the-client",
        "x-api-key: <key>|Authorization: Basic secret-of-the-client",
        "Authorization: Bearer <key>|Proxy-Authorization: Basic secret-of-the-client",
        "x-api-key: <key>|api-key: secret-of-the-client|X-Goog-Api-Key: secret-of-the-client",
        "x-api-key: <key>|Cookie: a=secret-of-the-client|cookie: b=secret-of-the-client",
        "x-api-key: <key>|HTTP2-Settings: secret-of-the-client",
        "x-api-key: <key>|Connection: x-api-key, authorization",
      })
  void clientsCredentials_neverReachTheUpstream(String fields) throws Exception {
    String[] presented = fields.replace("<key>", KEY).split("\\|", -1);
    assertThat(client.request("POST", CHAT, "{}", presented).readResponse().status())
        .isEqualTo(200);
    assertThat(client.request("POST", MESSAGES, "{}", presented).readResponse().status())
        .isEqualTo(200);
    ReceivedRequest openAi = both.upstream.requests().get(0);
    assertThat(openAi.head().all("authorization")).containsExactly("Bearer " + MASTER_KEY);
    assertThat(openAi.head().has("x-api-key")).isFalse();
    ReceivedRequest anthropic = both.upstream.requests().get(1);
    assertThat(anthropic.head().all("x-api-key")).containsExactly(MASTER_KEY);
    assertThat(anthropic.head().has("authorization")).isFalse();
    for (ReceivedRequest request : both.upstream.requests()) {
      assertThat(request.head().raw()).doesNotContain(KEY).doesNotContain("secret-of-the-client");
    }
  }

  @Test
  void keysOwnUpstreamCredential_replacesTheMasters() throws Exception {
    call("POST", CHAT, "x-api-key: " + OWN_KEY);
    call("POST", MESSAGES, "x-api-key: " + OWN_KEY);
    assertThat(both.upstream.requests().get(0).head().all("authorization"))
        .containsExactly("Bearer " + OWN_CREDENTIAL);
    assertThat(both.upstream.requests().get(1).head().all("x-api-key"))
        .containsExactly(OWN_CREDENTIAL);
    for (ReceivedRequest request : both.upstream.requests()) {
      assertThat(request.head().raw()).doesNotContain(MASTER_KEY).doesNotContain(OWN_KEY);
    }
  }

  @Test
  void anthropicVersion_isAddedOnlyWhenAbsent() throws Exception {
    call("POST", MESSAGES, BEARER);
    assertThat(last().head().all("anthropic-version")).containsExactly("2023-06-01");
    call("POST", MESSAGES, BEARER, "Anthropic-Version: 2099-01-01");
    assertThat(last().head().all("anthropic-version")).containsExactly("2099-01-01");
    call("POST", CHAT, BEARER);
    assertThat(last().head().has("anthropic-version")).isFalse();
  }

  @Test
  void otherRequestFields_passAsTheyCame() throws Exception {
    call(
        "POST",
        MESSAGES,
        BEARER,
        "anthropic-beta: a-2024,b-2025",
        "anthropic-beta: c-2026",
        "anthropic-dangerous-direct-browser-access: true",
        "X-Stainless-Lang: js",
        "User-Agent: agent/1.0 (x; y)",
        "Accept: application/json",
        "Idempotency-Key: i1",
        "Content-Type: application/json; charset=utf-8",
        "X-Empty:");
    Headers head = last().head();
    assertThat(head.all("anthropic-beta")).containsExactly("a-2024,b-2025", "c-2026");
    assertThat(head.fields())
        .contains(
            Map.entry("anthropic-dangerous-direct-browser-access", "true"),
            Map.entry("X-Stainless-Lang", "js"),
            Map.entry("User-Agent", "agent/1.0 (x; y)"),
            Map.entry("Accept", "application/json"),
            Map.entry("Idempotency-Key", "i1"),
            Map.entry("Content-Type", "application/json; charset=utf-8"),
            Map.entry("X-Empty", ""));
  }

  @Test
  void hopByHopRequestFields_areDropped() throws Exception {
    call(
        "POST",
        CHAT,
        BEARER,
        "Connection: keep-alive, X-Private",
        "Connection: x-other , ,",
        "X-Private: 1",
        "x-other: 2",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authenticate: Basic",
        "TE: trailers",
        "Trailer: x-sum",
        "Upgrade: h2c",
        "x-kept: 3");
    Headers head = last().head();
    for (String name :
        new String[] {
          "connection",
          "x-private",
          "x-other",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "te",
          "trailer",
          "upgrade",
          "expect",
          "transfer-encoding"
        }) {
      assertThat(head.has(name)).as(name).isFalse();
    }
    assertThat(head.first("x-kept")).isEqualTo("3");
  }

  @Test
  void upstream_isAskedForItsOwnHostAndNoCompression() throws Exception {
    call("POST", CHAT, BEARER, "Accept-Encoding: gzip, br", "Accept-Encoding: zstd");
    assertThat(last().head().all("accept-encoding")).containsExactly("identity");
    assertThat(last().head().all("host")).containsExactly("127.0.0.1:" + both.upstream.port());
    assertThat(last().head().all("content-length")).hasSize(1);
  }

  @Test
  void hopByHopResponseFields_areDropped() throws Exception {
    both.upstream.then(
        Answers.json(
            200,
            "{}",
            "Connection: X-Private, keep-alive",
            "X-Private: 1",
            "Keep-Alive: timeout=5, max=100",
            "Proxy-Authenticate: Basic",
            "Upgrade: h2c",
            "Trailer: x",
            "Proxy-Connection: keep-alive",
            "X-Kept: a",
            "X-Kept: b",
            "Set-Cookie: c=1; Path=/",
            "openai-processing-ms: 12"));
    RawResponse response = call("POST", CHAT, BEARER);
    for (String name :
        new String[] {
          "connection",
          "x-private",
          "keep-alive",
          "proxy-authenticate",
          "upgrade",
          "trailer",
          "proxy-connection"
        }) {
      assertThat(response.head().has(name)).as(name).isFalse();
    }
    assertThat(response.head().all("x-kept")).containsExactly("a", "b");
    assertThat(response.header("set-cookie")).isEqualTo("c=1; Path=/");
    assertThat(response.header("openai-processing-ms")).isEqualTo("12");
    assertThat(response.header("content-type")).isEqualTo("application/json");
  }

  @Test
  void responseFieldsOfTheAccount_arePrefixed() throws Exception {
    both.upstream.then(
        Answers.json(
            200,
            "{}",
            "X-Request-Id: of-the-upstream",
            "Request-Id: req_of_the_upstream",
            "x-ratelimit-remaining-tokens: 5",
            "X-RateLimit-Limit-Requests: 7",
            "anthropic-ratelimit-tokens-reset: 2099-01-01T00:00:00Z",
            "RateLimit-Remaining: 8",
            "x-rate-limit-limit: 9",
            "Retry-After: 17",
            "x-should-retry: true"));
    Headers head = call("POST", CHAT, BEARER, "x-request-id: mine").head();
    assertThat(head.all("x-request-id")).containsExactly("mine");
    assertThat(head.has("request-id")).isFalse();
    assertThat(head.raw()).doesNotContainIgnoringCase("\r\nratelimit");
    assertThat(head.raw()).doesNotContainIgnoringCase("\r\nx-rate-limit");
    assertThat(head.first("x-upstream-x-request-id")).isEqualTo("of-the-upstream");
    assertThat(head.first("x-upstream-request-id")).isEqualTo("req_of_the_upstream");
    assertThat(head.first("x-upstream-x-ratelimit-remaining-tokens")).isEqualTo("5");
    assertThat(head.first("x-upstream-x-ratelimit-limit-requests")).isEqualTo("7");
    assertThat(head.first("x-upstream-anthropic-ratelimit-tokens-reset"))
        .isEqualTo("2099-01-01T00:00:00Z");
    assertThat(head.first("x-upstream-ratelimit-remaining")).isEqualTo("8");
    assertThat(head.first("x-upstream-x-rate-limit-limit")).isEqualTo("9");
    assertThat(head.first("retry-after")).isEqualTo("17");
    assertThat(head.first("x-should-retry")).isEqualTo("true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mine", "01J:a.b_c-D", "550e8400-e29b-41d4-a716-446655440000"})
  void wellFormedRequestId_isEchoed(String id) throws Exception {
    assertThat(call("POST", CHAT, BEARER, "X-Request-Id: " + id).head().all("x-request-id"))
        .containsExactly(id);
    assertThat(call("GET", "/health", "X-Request-Id: " + id).header("x-request-id")).isEqualTo(id);
    RawResponse refused = call("POST", MESSAGES, "X-Request-Id: " + id);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("x-request-id")).isEqualTo(id);
    assertThat(refused.text()).contains("\"request_id\":\"" + id + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "has space", "semi;colon", "quo\"te", "ümlaut"})
  void otherRequestId_isReplaced(String id) throws Exception {
    RawResponse first = call("POST", CHAT, BEARER, "X-Request-Id: " + id);
    RawResponse second = call("POST", CHAT, BEARER, "X-Request-Id: " + "x".repeat(129));
    assertThat(first.header("x-request-id")).matches("req_[0-9a-f]{16}");
    assertThat(second.header("x-request-id"))
        .matches("req_[0-9a-f]{16}")
        .isNotEqualTo(first.header("x-request-id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/hello"})
  void probesOfCodingAgents_areAnsweredWithoutAKey(String path) throws Exception {
    RawResponse response = client.request("HEAD", path, "").readResponseToHead();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.head().has("x-request-id")).isTrue();
    // Nothing of a body is in the way of the next answer.
    assertThat(call("GET", "/health").status()).isEqualTo(200);
    assertThat(both.upstream.requests()).isEmpty();
  }

  private RawResponse call(String method, String path, String... fields) throws IOException {
    String body = method.equals("POST") ? "{}" : "";
    return client.request(method, path, body, fields).readResponse();
  }

  private ReceivedRequest last() {
    return both.upstream.requests().getLast();
  }
}
