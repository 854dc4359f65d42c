package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.admin.ManagementServer;
import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.OpenApiDocument;
import dev.tallygate.testkit.RunningGateway;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The description of the admin API against what the API answers: every answer that it names. */
class AdminOpenApiTest {
  private static final String SECRET = "pk_user_12345";
  private static final String TOKEN = "Bearer " + AdminClient.TOKEN;

  /** One call that succeeds for each operation, in an order in which they can. */
  private static final List<Operation> OPERATIONS =
      List.of(
          new Operation("POST", "/admin/v1/session", ""),
          new Operation("GET", "/admin/v1/session", ""),
          new Operation("GET", "/admin/v1/keys", ""),
          new Operation("POST", "/admin/v1/keys", "{\"name\":\"Grace\"}"),
          new Operation("GET", "/admin/v1/keys/{id}", ""),
          new Operation("PATCH", "/admin/v1/keys/{id}", "{\"requests_per_minute\":9}"),
          new Operation("POST", "/admin/v1/keys/{id}/rotate", "{\"grace_seconds\":60}"),
          new Operation("GET", "/admin/v1/keys/{id}/refusals", ""),
          new Operation("GET", "/admin/v1/usage", ""),
          new Operation("GET", "/admin/v1/cache", ""),
          new Operation("POST", "/admin/v1/cache/clear", ""),
          new Operation("POST", "/admin/v1/cache/invalidate/{id}", ""),
          new Operation("GET", "/admin/v1/status", ""),
          new Operation("GET", "/admin/v1/activity", ""),
          new Operation("DELETE", "/admin/v1/keys/{id}", ""),
          new Operation("DELETE", "/admin/v1/session", ""),
          new Operation("GET", "/admin/v1/openapi.json", ""),
          new Operation("GET", "/metrics", ""),
          new Operation("GET", "/health", ""));

  /** Those of a change that is not in force, which {@code AdminTroubleTest} holds against it. */
  private static final Set<String> SEEN_ELSEWHERE =
      Set.of("POST /admin/v1/keys 202", "POST /admin/v1/keys/{id}/rotate 202");

  /** What needs a token, takes a body, names a key, or is asked with a query. */
  private record Operation(String method, String path, String body) {
    boolean isOpen() {
      return !path.startsWith("/admin/") || path.endsWith("openapi.json");
    }

    boolean isChange() {
      return !method.equals("GET") && !isSignIn();
    }

    boolean isSignIn() {
      return method.equals("POST") && path.endsWith("/session");
    }
  }

  @TempDir Path folder;

  private FakeUpstream upstream;
  private OpenApiDocument document;

  @BeforeEach
  void start() throws IOException {
    try (InputStream in = ManagementServer.class.getResourceAsStream("openapi.json")) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      document = new OpenApiDocument(new String(bytes, StandardCharsets.UTF_8));
    }
    KeyFiles.in(folder).write(KeyFiles.key(SECRET).id("ada").limit(33));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(11, 22));
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  private RunningGateway gateway() throws IOException {
    return RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
  }

  @Test
  void document_isOpenApi() throws Exception {
    try (RunningGateway gateway = gateway()) {
      String text = Http.get(gateway.managementUri("/admin/v1/openapi.json")).body();
      SwaggerParseResult parsed = new OpenAPIV3Parser().readContents(text, null, null);
      assertThat(parsed.getMessages()).isEmpty();
      assertThat(parsed.getOpenAPI().getPaths().size()).isEqualTo(14);
      assertThat(document.wrongExamples()).isEmpty();
      SwaggerParseResult broken =
          new OpenAPIV3Parser()
              .readContents(text.replace("\"in\": \"query\"", "\"in\": \"url\""), null, null);
      assertThat(broken.getMessages()).as("the validator validates").isNotEmpty();
    }
  }

  @Test
  void everyAnswerThatIsDescribed_isGiven_asDescribed() throws Exception {
    try (RunningGateway gateway = gateway()) {
      refused(gateway);
      served(gateway);
    }
    KeyFiles.in(folder).writeText("{");
    try (RunningGateway gateway = gateway()) {
      unavailable(gateway);
    }
    try (RunningGateway gateway = gateway()) {
      tooManyAttempts(gateway);
    }
    Set<String> all = new TreeSet<>(document.seen());
    all.addAll(SEEN_ELSEWHERE);
    assertThat(all).isEqualTo(document.described());
  }

  private void served(RunningGateway gateway) throws Exception {
    // One call that is served and one that is refused, so that there is something to tell.
    for (int i = 0; i < 2; i++) {
      Http.post(
          gateway.uri("/v1/chat/completions"),
          "{\"messages\":[]}",
          "authorization",
          "Bearer " + SECRET);
    }
    String cookie = cookie(gateway);
    for (Operation operation : OPERATIONS) {
      call(gateway, operation, operation.body(), "authorization", TOKEN, "cookie", cookie);
      if (operation.path().endsWith("/rotate")) {
        call(gateway, operation, operation.body(), "authorization", TOKEN);
      }
    }
  }

  private void refused(RunningGateway gateway) throws Exception {
    String cookie = cookie(gateway);
    for (Operation operation : OPERATIONS) {
      if (operation.isOpen()) {
        continue;
      }
      call(gateway, operation, operation.body());
      if (operation.isChange()) {
        call(gateway, operation, operation.body(), "cookie", cookie);
      }
      if (!operation.body().isEmpty()) {
        badBodies(gateway, operation);
      }
    }
    for (String query :
        List.of("/keys?page=0", "/usage?by=x", "/usage?key=nobody", "/activity?minutes=0")) {
      Http.Response answer =
          Http.get(gateway.managementUri("/admin/v1" + query), "authorization", TOKEN);
      document.check("GET", "/admin/v1" + query.replaceFirst("\\?.*", ""), answer);
    }
    String taken = "{\"name\":\"x\",\"id\":\"ada\"}";
    call(gateway, new Operation("POST", "/admin/v1/keys", taken), taken, "authorization", TOKEN);
    unknownKey(gateway);
  }

  private void badBodies(RunningGateway gateway, Operation operation) throws Exception {
    for (String body : List.of("no JSON", "{\"no_such_field\":1}", "x".repeat(65_537))) {
      call(gateway, operation, body, "authorization", TOKEN);
    }
    Http.Response answer =
        Http.call(
            operation.method(),
            uri(gateway, operation),
            operation.body(),
            new String[] {"authorization", TOKEN, "content-type", "text/plain"});
    document.check(operation.method(), operation.path(), answer);
  }

  private void unknownKey(RunningGateway gateway) throws Exception {
    for (Operation operation : OPERATIONS) {
      if (operation.path().contains("{id}")) {
        Http.Response answer =
            Http.send(
                operation.method(),
                gateway.managementUri(operation.path().replace("{id}", "nobody")),
                operation.body(),
                "authorization",
                TOKEN);
        document.check(operation.method(), operation.path(), answer);
        if (operation.isChange() && operation.path().startsWith("/admin/v1/keys/")) {
          call(gateway, operation, operation.body(), "authorization", TOKEN, "if-match", "\"old\"");
        }
      }
    }
  }

  private void unavailable(RunningGateway gateway) throws Exception {
    Files.delete(folder.resolve("usage.db"));
    Set<String> withoutStore = Set.of("session", "cache", "clear", "status", "activity");
    for (Operation operation : OPERATIONS) {
      String last = operation.path().substring(operation.path().lastIndexOf('/') + 1);
      if (!operation.path().equals("/metrics") && !withoutStore.contains(last)) {
        call(gateway, operation, operation.body(), "authorization", TOKEN);
      }
    }
  }

  private void tooManyAttempts(RunningGateway gateway) throws Exception {
    for (int i = 0; i < 10; i++) {
      Http.get(gateway.managementUri("/admin/v1/keys"), "authorization", "Bearer wrong");
    }
    for (Operation operation : OPERATIONS) {
      if (!operation.isOpen()) {
        call(gateway, operation, operation.body(), "authorization", "Bearer wrong");
      }
    }
  }

  private static String cookie(RunningGateway gateway) throws Exception {
    return new AdminClient(gateway)
        .post("/session", "")
        .header("set-cookie")
        .replaceFirst(";.*", "");
  }

  private void call(RunningGateway gateway, Operation operation, String body, String... headers)
      throws Exception {
    List<String> all = new ArrayList<>(List.of(headers));
    if (!body.isEmpty()) {
      all.addAll(List.of("content-type", "application/json"));
    }
    Http.Response answer =
        all.isEmpty()
            ? Http.call(operation.method(), uri(gateway, operation))
            : Http.call(
                operation.method(), uri(gateway, operation), body, all.toArray(new String[0]));
    document.check(operation.method(), operation.path(), answer);
  }

  private static URI uri(RunningGateway gateway, Operation operation) {
    return gateway.managementUri(operation.path().replace("{id}", "ada"));
  }
}
