package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every refusal of the gateway's own, in the shape of the API that was called. */
@Tag("transport")
class ErrorTableTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String INVALID = "invalid_request_error";
  private static final String PERMISSION = "permission_error";
  private static final Duration WINDOW = Duration.ofHours(5);

  private static final String UNKNOWN = "pk_nobody_has_this_one";

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;

  /**
   * What a client does and what it is told.
   *
   * @param anthropicPath null where only OpenAI's API has such a call
   * @param fields each {@code "name: value"}
   */
  record Row(
      String name,
      int status,
      String openAiType,
      String code,
      String anthropicType,
      String method,
      String openAiPath,
      @Nullable String anthropicPath,
      String body,
      List<String> fields) {
    static Row post(
        String name,
        int status,
        String openAiType,
        String code,
        String anthropicType,
        String body,
        String... fields) {
      return new Row(
          name,
          status,
          openAiType,
          code,
          anthropicType,
          "POST",
          KeyCalls.CHAT,
          KeyCalls.MESSAGES,
          body,
          List.of(fields));
    }

    String path(ApiFormat format) {
      return format == ApiFormat.ANTHROPIC && anthropicPath != null ? anthropicPath : openAiPath;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void start() throws IOException {
    Instant now = Ticker.system().now();
    KeyFiles.in(folder)
        .write(
            KeyFiles.key("pk_good_0001").model("glm-4.7"),
            KeyFiles.key("pk_expired_1").expires(Instant.parse("2026-01-01T00:00:00Z")),
            KeyFiles.key("pk_disabled1").disabled(),
            KeyFiles.key("pk_listed_01").models("glm-4.7", "glm-4.5-air"),
            KeyFiles.key("pk_free_0001").model("*"),
            KeyFiles.key("pk_spent_001").limit(100).used(now.minus(Duration.ofHours(1)), 120),
            KeyFiles.key("pk_rate_open").requestsPerMinute(1),
            KeyFiles.key("pk_rate_anth").requestsPerMinute(1),
            KeyFiles.key("pk_few_at_once").maxConcurrent(1));
    upstream = FakeUpstream.start();
    gateway = RunningGateway.start(folder, upstream, Map.of("MAX_BODY_BYTES", "4096"));
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  static Stream<Row> rows() {
    String auth = "authentication_error";
    String good = "Authorization: Bearer pk_good_0001";
    return Stream.of(
        Row.post("no key", 401, INVALID, "missing_api_key", auth, "{}"),
        Row.post(
            "empty bearer", 401, INVALID, "missing_api_key", auth, "{}", "Authorization: Bearer "),
        Row.post("empty x-api-key", 401, INVALID, "missing_api_key", auth, "{}", "x-api-key: "),
        Row.post(
            "another scheme",
            401,
            INVALID,
            "missing_api_key",
            auth,
            "{}",
            "Authorization: Basic cGs6"),
        Row.post(
            "unknown key", 401, INVALID, "invalid_api_key", auth, "{}", "x-api-key: " + UNKNOWN),
        Row.post(
            "mistyped key",
            401,
            INVALID,
            "invalid_api_key",
            auth,
            "{}",
            "Authorization: Bearer tg_cut_off"),
        Row.post(
            "expired", 403, PERMISSION, "key_expired", PERMISSION, "{}", "x-api-key: pk_expired_1"),
        Row.post(
            "disabled",
            403,
            PERMISSION,
            "key_disabled",
            PERMISSION,
            "{}",
            "x-api-key: pk_disabled1"),
        Row.post(
            "model not allowed",
            403,
            PERMISSION,
            "model_not_allowed",
            PERMISSION,
            "{\"model\":\"glm-5\"}",
            "x-api-key: pk_listed_01"),
        Row.post("not JSON", 400, INVALID, "invalid_body", INVALID, "messages=none", good),
        Row.post("JSON cut off", 400, INVALID, "invalid_body", INVALID, "{\"messages\":[", good),
        Row.post("no object", 400, INVALID, "invalid_body", INVALID, "[1]", good),
        Row.post("no body", 400, INVALID, "invalid_body", INVALID, "", "Content-Length: 0", good),
        Row.post(
            "two models",
            400,
            INVALID,
            "invalid_body",
            INVALID,
            "{\"model\":\"a\",\"model\":\"b\"}",
            good),
        Row.post(
            "two models, one escaped",
            400,
            INVALID,
            "invalid_body",
            INVALID,
            "{\"model\":\"a\",\"\\u006dodel\":\"b\"}",
            good),
        Row.post(
            "no model", 400, INVALID, "missing_model", INVALID, "{}", "x-api-key: pk_free_0001"),
        Row.post(
            "compressed",
            415,
            INVALID,
            "unsupported_content_encoding",
            INVALID,
            "{}",
            "Content-Encoding: gzip",
            good),
        Row.post(
            "announced too large",
            413,
            INVALID,
            "request_too_large",
            "request_too_large",
            "{\"messages\":\"" + "x".repeat(4100) + "\"}",
            good),
        Row.post(
            "too large in chunks",
            413,
            INVALID,
            "request_too_large",
            "request_too_large",
            "",
            "Transfer-Encoding: chunked",
            good),
        new Row(
            "no such path",
            404,
            INVALID,
            "not_found",
            "not_found_error",
            "POST",
            "/chat/completions",
            "/messages",
            "{}",
            List.of("anthropic-version: 2023-06-01")),
        new Row(
            "wrong method",
            405,
            INVALID,
            "method_not_allowed",
            INVALID,
            "DELETE",
            KeyCalls.CHAT,
            KeyCalls.MESSAGES,
            "",
            List.of(good)),
        new Row(
            "dot segment",
            400,
            INVALID,
            "invalid_path",
            INVALID,
            "POST",
            "/v1/chat/../files",
            "/v1/messages/../files",
            "{}",
            List.of(good)));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void refusal_hasTheShapeOfOpenAi(Row row) throws IOException {
    String[] fields =
        row.fields().stream().filter(f -> !f.startsWith("anthropic-")).toArray(String[]::new);
    check(row, ApiFormat.OPENAI, fields);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void refusal_hasTheShapeOfAnthropic(Row row) throws IOException {
    check(row, ApiFormat.ANTHROPIC, row.fields().toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/../health",
        "/v1/./models",
        "/v1/%2e%2e/health",
        "/v1/%2E./health",
        "/v1/files/a%2f..%2f..%2fb",
        "/v1/files/a%5c..%5cb",
        "/v1/files/a\\..\\b",
        "/v1/messages/%2e%2e/files"
      })
  void pathWithDotSegment_isRefused(String target) throws IOException {
    RawResponse answer = send(gateway, "GET", target, "", "x-api-key: pk_good_0001");
    ApiFormat format =
        target.startsWith(KeyCalls.MESSAGES) ? ApiFormat.ANTHROPIC : ApiFormat.OPENAI;
    JsonNode error = shaped(answer, format, 400);
    assertThat(error.path("type").asString()).isEqualTo(INVALID);
  }

  @Test
  void wrongMethod_namesTheRightOnes() throws IOException {
    String key = "x-api-key: pk_good_0001";
    assertThat(send(gateway, "GET", KeyCalls.MESSAGES, "", key).header("allow")).isEqualTo("POST");
    assertThat(send(gateway, "PUT", KeyCalls.CHAT, "{}", key).header("allow"))
        .isEqualTo("POST, GET, HEAD");
    for (String path : List.of("/", "/health", "/stats", "/cache-stats")) {
      RawResponse answer = send(gateway, "POST", path, "{}", key);
      assertThat(shaped(answer, ApiFormat.OPENAI, 405).path("code").asString())
          .isEqualTo("method_not_allowed");
      assertThat(answer.header("allow")).isEqualTo("GET, HEAD");
    }
  }

  @Test
  void requestId_isTheClientsOwnWhereWellFormed() throws IOException {
    RawResponse own = send(gateway, "POST", KeyCalls.MESSAGES, "{}", "X-Request-Id: my-id_1.2:3");
    assertThat(own.header("x-request-id")).isEqualTo("my-id_1.2:3");
    RawResponse bad = send(gateway, "POST", KeyCalls.MESSAGES, "{}", "X-Request-Id: <script>");
    assertThat(bad.header("x-request-id")).startsWith("req_");
    assertThat(send(gateway, "GET", "/health", "").header("x-request-id")).startsWith("req_");
  }

  @ParameterizedTest
  @EnumSource
  void spentTokens_are429WithTheTruth(ApiFormat format) throws IOException {
    RawResponse answer = send(gateway, "POST", path(format), "{}", "x-api-key: pk_spent_001");
    JsonNode error = shaped(answer, format, 429, "tokens_used", "tokens_limit", "window_ends_at");
    typed(error, format, "rate_limit_exceeded", "rate_limit_exceeded", "rate_limit_error");
    assertThat(error.path("tokens_used").asLong()).isEqualTo(120);
    assertThat(error.path("tokens_limit").asLong()).isEqualTo(100);
    Instant ends = Instant.parse(error.path("window_ends_at").asString());
    Instant leaves = Ticker.system().now().plus(WINDOW).minus(Duration.ofHours(1));
    assertThat(ends).isBetween(leaves.minusSeconds(30), leaves.plusSeconds(61));
    long retryAfter = Long.parseLong(answer.header("retry-after"));
    assertThat(Ticker.system().now().plusSeconds(retryAfter))
        .isBetween(ends.minusSeconds(1), ends.plusSeconds(3));
    assertThat(answer.header("x-should-retry")).isEqualTo("false");
    assertThat(error.path("message").asString()).contains("120").contains("100").contains("again");
  }

  @ParameterizedTest
  @EnumSource
  void spentRequests_are429(ApiFormat format) throws IOException {
    String key = "x-api-key: " + (format == ApiFormat.ANTHROPIC ? "pk_rate_anth" : "pk_rate_open");
    assertThat(send(gateway, "POST", path(format), "{}", key).status()).isEqualTo(200);
    RawResponse answer = send(gateway, "POST", path(format), "{}", key);
    JsonNode error = shaped(answer, format, 429);
    typed(error, format, "rate_limit_exceeded", "rate_limit_exceeded", "rate_limit_error");
    long retryAfter = Long.parseLong(answer.header("retry-after"));
    assertThat(retryAfter).isBetween(50L, 61L);
    assertThat(answer.header("x-should-retry")).isEqualTo(retryAfter > 60 ? "false" : "");
  }

  @ParameterizedTest
  @EnumSource
  void tooManyAtOnce_are429ForAMoment(ApiFormat format) throws Exception {
    String key = "x-api-key: pk_few_at_once";
    int before = upstream.requests().size();
    upstream.then(connection -> {
      connection.awaitClientGone(Duration.ofSeconds(5));
    });
    try (RawClient first = RawClient.connect(gateway.uri("/"))) {
      first.request("POST", path(format), "{}", key);
      upstream.awaitRequests(before + 1);
      RawResponse answer = send(gateway, "POST", path(format), "{}", key);
      JsonNode error = shaped(answer, format, 429);
      typed(error, format, "rate_limit_exceeded", "rate_limit_exceeded", "rate_limit_error");
      assertThat(answer.header("retry-after")).isEqualTo("1");
      assertThat(answer.header("x-should-retry")).isEmpty();
    }
    gateway.awaitIdle();
    assertThat(send(gateway, "POST", path(format), "{}", key).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void refusedMasterKey_isNotTheUsersFault(int status) throws IOException {
    for (ApiFormat format : ApiFormat.values()) {
      upstream.then(Answers.json(status, "{\"error\":{\"message\":\"bad key\"}}"));
      RawResponse answer = send(gateway, "POST", path(format), "{}", "x-api-key: pk_good_0001");
      JsonNode error = shaped(answer, format, 502);
      typed(error, format, "upstream_error", "upstream_credential_refused", "api_error");
      assertThat(error.path("message").asString()).contains("your key is fine");
    }
  }

  @Test
  void brokenAnswers_are502() throws IOException {
    for (ApiFormat format : ApiFormat.values()) {
      upstream.then(connection -> connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
      JsonNode garbled =
          shaped(send(gateway, "POST", path(format), "{}", "x-api-key: pk_good_0001"), format, 502);
      typed(garbled, format, "upstream_error", "upstream_invalid_response", "api_error");
      upstream.onConnection(connection -> connection.readRequest());
      JsonNode closed =
          shaped(send(gateway, "POST", path(format), "{}", "x-api-key: pk_good_0001"), format, 502);
      typed(closed, format, "upstream_error", "upstream_closed", "api_error");
      upstream.onConnection(null);
    }
  }

  @Test
  void upstreamAndClientThatAreSlow_areToldSo(@TempDir Path other) throws Exception {
    KeyFiles.in(other).write(KeyFiles.key("pk_good_0001"));
    Map<String, String> hasty =
        Map.of(
            "UPSTREAM_HEADER_TIMEOUT_MS", "250",
            "CLIENT_HEADER_TIMEOUT_MS", "250",
            "CLIENT_IDLE_TIMEOUT_MS", "250");
    try (FakeUpstream silent = FakeUpstream.start();
        RunningGateway impatient = RunningGateway.start(other, silent, hasty)) {
      silent.always(connection -> connection.awaitClientGone(Duration.ofSeconds(5)));
      for (ApiFormat format : ApiFormat.values()) {
        String key = "x-api-key: pk_good_0001";
        JsonNode late = shaped(send(impatient, "POST", path(format), "{}", key), format, 504);
        typed(late, format, "upstream_timeout", "upstream_header_timeout", "timeout_error");
        JsonNode body =
            shaped(
                send(impatient, "POST", path(format), "", key, "Content-Length: 9"), format, 408);
        typed(body, format, INVALID, "request_timeout", INVALID);
      }
      try (RawClient client = RawClient.connect(impatient.uri("/"))) {
        client.send("POST /v1/mess");
        JsonNode head = shaped(client.readResponse(), ApiFormat.OPENAI, 408);
        typed(head, ApiFormat.OPENAI, INVALID, "request_timeout", INVALID);
      }
    }
  }

  @Test
  void unreachableUpstream_is502(@TempDir Path other) throws Exception {
    KeyFiles.in(other).write(KeyFiles.key("pk_good_0001"));
    URI nobody;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + closed.getLocalPort());
    }
    try (RunningGateway alone = RunningGateway.start(other, nobody, nobody, Map.of())) {
      for (ApiFormat format : ApiFormat.values()) {
        RawResponse answer = send(alone, "POST", path(format), "{}", "x-api-key: pk_good_0001");
        typed(
            shaped(answer, format, 502),
            format,
            "upstream_error",
            "upstream_unreachable",
            "api_error");
      }
    }
  }

  @Test
  void missingMasterKey_is503ButForKeysWithTheirOwn(@TempDir Path other) throws Exception {
    KeyFiles.in(other)
        .write(
            KeyFiles.key("pk_good_0001"), KeyFiles.key("pk_own_00001").upstreamKey("zai-of-user"));
    try (RunningGateway bare = RunningGateway.start(other, upstream, Map.of("ZAI_API_KEY", ""))) {
      for (ApiFormat format : ApiFormat.values()) {
        RawResponse answer = send(bare, "POST", path(format), "{}", "x-api-key: pk_good_0001");
        typed(
            shaped(answer, format, 503),
            format,
            "api_error",
            "upstream_not_configured",
            "api_error");
        assertThat(send(bare, "POST", path(format), "{}", "x-api-key: pk_own_00001").status())
            .isEqualTo(200);
      }
      assertThat(send(bare, "GET", "/health", "").text()).contains("degraded", "ZAI_API_KEY");
    }
  }

  @Test
  void unreadableKeyFile_is503(@TempDir Path other) throws Exception {
    KeyFiles.in(other).writeText("{\"keys\":[");
    try (RunningGateway blind = RunningGateway.start(other, upstream, Map.of())) {
      for (ApiFormat format : ApiFormat.values()) {
        RawResponse answer = send(blind, "POST", path(format), "{}", "x-api-key: pk_good_0001");
        JsonNode error = shaped(answer, format, 503);
        typed(error, format, "api_error", "key_store_unavailable", "api_error");
        assertThat(answer.header("retry-after")).isEqualTo("1");
        // What is wrong with the file is the operator's affair.
        assertThat(answer.text()).doesNotContain("line", "apikeys.json", other.toString());
      }
    }
  }

  @Test
  void bodiesBeyondTheirMemory_are503ForAMoment(@TempDir Path other) throws Exception {
    KeyFiles.in(other).write(KeyFiles.key("pk_good_0001"));
    Map<String, String> tight = Map.of("MAX_BODY_BYTES", "4096", "MAX_BODY_MEMORY_BYTES", "4096");
    try (RunningGateway full = RunningGateway.start(other, upstream, tight)) {
      String key = "x-api-key: pk_good_0001";
      for (ApiFormat format : ApiFormat.values()) {
        try (RawClient slow = RawClient.connect(full.uri("/"))) {
          slow.request("POST", path(format), "", key, "Content-Length: 4000");
          slow.send("{\"messages\":\"" + "x".repeat(3000));
          await().until(() -> full.gateway().bodyBytes() > 3000);
          String body = "{\"messages\":\"" + "x".repeat(2000) + "\"}";
          RawResponse answer = send(full, "POST", path(format), body, key);
          JsonNode error = shaped(answer, format, 503);
          typed(error, format, "api_error", "out_of_body_memory", "api_error");
          assertThat(answer.header("retry-after")).isEqualTo("1");
        }
        full.awaitIdle();
      }
    }
  }

  private static void check(Row row, ApiFormat format, String... fields) throws IOException {
    List<String> all = new ArrayList<>(List.of(fields));
    all.add("Content-Type: application/json");
    boolean chunked = all.contains("Transfer-Encoding: chunked");
    RawResponse answer;
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request(row.method(), row.path(format), row.body(), all.toArray(String[]::new));
      if (chunked) {
        client.send(Answers.chunk("{\"messages\":\"" + "x".repeat(5000)));
      }
      answer = client.readResponse();
    }
    JsonNode error = shaped(answer, format, row.status());
    typed(error, format, row.openAiType(), row.code(), row.anthropicType());
    for (String field : fields) {
      String secret = field.substring(field.lastIndexOf(' ') + 1);
      if (secret.startsWith("pk_") || secret.startsWith("tg_")) {
        assertThat(answer.head().raw() + answer.text()).doesNotContain(secret);
      }
    }
  }

  /** Checks what all errors have in common, and returns the member {@code error}. */
  private static JsonNode shaped(
      RawResponse answer, ApiFormat format, int status, String... details) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.whole()).isTrue();
    String id = answer.header("x-request-id");
    assertThat(id).isNotEmpty();
    assertThat(answer.head().all("x-request-id")).hasSize(1);
    JsonNode root = JSON.readTree(answer.body());
    Set<String> members = new TreeSet<>(List.of(details));
    if (format == ApiFormat.ANTHROPIC) {
      assertThat(root.propertyNames()).containsExactlyInAnyOrder("type", "error", "request_id");
      assertThat(root.path("type").asString()).isEqualTo("error");
      assertThat(root.path("request_id").asString()).isEqualTo(id);
      members.addAll(List.of("type", "message"));
    } else {
      assertThat(root.propertyNames()).containsExactly("error");
      assertThat(root.at("/error/param").isNull()).isTrue();
      members.addAll(List.of("message", "type", "param", "code"));
    }
    JsonNode error = root.path("error");
    assertThat(error.propertyNames()).containsExactlyInAnyOrderElementsOf(members);
    assertThat(error.path("message").asString())
        .isNotBlank()
        .as("tells what to do next")
        .containsPattern("(?i)\\b(ask|try|send|check|put|use|add|wait|encode)\\b")
        .endsWith(".");
    assertThat(answer.text())
        .as("nothing of the inside")
        .doesNotContain(
            "dev.tallygate", "java.", "netty", "jackson", "Exception", "\tat ", "null.");
    return error;
  }

  private static void typed(
      JsonNode error, ApiFormat format, String openAiType, String code, String anthropicType) {
    if (format == ApiFormat.ANTHROPIC) {
      assertThat(error.path("type").asString()).isEqualTo(anthropicType);
    } else {
      assertThat(error.path("type").asString()).isEqualTo(openAiType);
      assertThat(error.path("code").asString()).isEqualTo(code);
    }
  }

  private static String path(ApiFormat format) {
    return format == ApiFormat.ANTHROPIC ? KeyCalls.MESSAGES : KeyCalls.CHAT;
  }

  private static RawResponse send(
      RunningGateway to, String method, String target, String body, String... fields)
      throws IOException {
    try (RawClient client = RawClient.connect(to.uri("/"))) {
      return client.request(method, target, body, fields).readResponse();
    }
  }
}
