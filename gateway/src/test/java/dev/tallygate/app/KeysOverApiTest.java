package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.CommandLineUnderTest.Said;
import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.ReceivedRequest;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands send to an admin API, and what they make of its answers. */
class KeysOverApiTest {
  private static final String KEY =
      """
      {"id":"k_1","name":"Ada","display":"k_1","model":null,"models":[],"token_limit_per_5h":10,\
      "requests_per_minute":null,"max_concurrent":null,"expiry_date":"2099-01-01T00:00:00Z",\
      "created_at":null,"disabled":false,"quota_mode":"adaptive","has_upstream_key":false,\
      "previous_valid_until":null,"status":"active","etag":"x","usage":{"used":9,"reserved":1,\
      "remaining":0,"window_started_at":null,"window_ends_at":"2098-01-01T00:00:00Z",\
      "frees_at":null,"lifetime_tokens":12,"last_used":null}}\
      """;
  private static final String LIST =
      "{\"items\":[" + KEY + "],\"page\":1,\"per_page\":100,\"total\":1}";

  private static final String NONE = Answers.json(200, "{\"items\":[],\"total\":0}");

  @TempDir Path folder;
  private CommandLineUnderTest tallygate;
  private FakeUpstream api;

  @BeforeEach
  void setUp() throws IOException {
    api = FakeUpstream.start();
    tallygate = new CommandLineUnderTest(folder);
    tallygate.environment.put("ADMIN_TOKEN", "a-token-of-some-length");
  }

  @AfterEach
  void tearDown() throws Exception {
    api.close();
  }

  private Said run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--server=" + api.uri(""));
    return tallygate.run(all.toArray(String[]::new));
  }

  private List<String> requested() {
    return api.requests().stream()
        .map(request -> request.method() + " " + request.target() + body(request))
        .toList();
  }

  private static String body(ReceivedRequest request) {
    return request.text().isEmpty() ? "" : " " + request.text();
  }

  private static String problem(int status, String more) {
    return Answers.json(
        status, "{\"type\":\"about:blank\",\"title\":\"T\",\"status\":" + status + more + "}");
  }

  @Test
  void commands_sayInHttpWhatTheySayOfAFile() {
    String made = KEY.replaceFirst("}$", ",\"secret\":\"tg_new\"}");
    String adam = KEY.replace("k_1", "k_0").replace("\"Ada\"", "\"Adam\"");
    api.then(Answers.json(200, "{\"items\":[" + adam + "," + KEY + "],\"total\":2}"))
        .then(Answers.json(201, made));
    Said created = run("keys", "create", "--name=Ada", "--limit=10", "--rpm=2").well();
    assertThat(created.out()).isEqualTo("tg_new\n");
    assertThat(created.err()).endsWith("1 other key has this name (k_1): name each by its id.\n");
    api.then(Answers.json(200, LIST)).then(Answers.json(200, KEY));
    run("keys", "update", "Ada", "--no-rpm", "--models=a,b").well();
    api.then(Answers.json(200, LIST)).then(Answers.json(200, KEY));
    run("keys", "disable", "k_1").well();
    api.then(Answers.json(200, LIST)).then(Answers.json(200, made));
    Said rotated = run("keys", "rotate", "Ada", "--grace=90m", "--format=json").well();
    assertThat(rotated.json().get("secret").asString()).isEqualTo("tg_new");
    api.then(Answers.json(200, LIST)).then("HTTP/1.1 204 No Content\r\n\r\n");
    run("keys", "revoke", "Ada").well();
    assertThat(requested())
        .containsExactly(
            named("Ada"),
            "POST /admin/v1/keys {\"name\":\"Ada\",\"token_limit_per_5h\":10,\"requests_per_minute\":2}",
            list(1),
            "PATCH /admin/v1/keys/k_1 {\"models\":[\"a\",\"b\"],\"requests_per_minute\":null}",
            list(1),
            "PATCH /admin/v1/keys/k_1 {\"disabled\":true}",
            list(1),
            "POST /admin/v1/keys/k_1/rotate {\"grace_seconds\":5400}",
            list(1),
            "DELETE /admin/v1/keys/k_1");
    assertThat(api.requests())
        .allSatisfy(request ->
            assertThat(request.header("authorization")).isEqualTo("Bearer a-token-of-some-length"));
  }

  @Test
  void newSecretThatIsNotInForce_isShown_butNoSuccess() {
    String made =
        KEY.replaceFirst("}\\s*$", ",\"secret\":\"tg_new\",\"not_in_force\":\"mend the file\"}");
    api.then(Answers.json(200, LIST)).then(Answers.json(202, made));
    Said said = run("keys", "create", "--name=Ada");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.out()).isEqualTo("tg_new\n");
    assertThat(said.err()).contains("mend the file");
  }

  private static String named(String name) {
    return "GET /admin/v1/keys?q=%s&per_page=500".formatted(name);
  }

  private static String list(int page) {
    return "GET /admin/v1/keys?sort=name&page=%d&per_page=500".formatted(page);
  }

  @Test
  void list_readsAllPages_andShowsWhatOnlyAGatewayKnows() {
    String items = String.join(",", IntStream.range(0, 100).mapToObj(i -> KEY).toList());
    api.then(Answers.json(200, "{\"items\":[" + items + "],\"total\":101}"))
        .then(Answers.json(200, "{\"items\":[" + KEY + "],\"total\":101}"));
    assertThat(run("keys", "list", "--format=json").well().json()).hasSize(101);
    assertThat(requested()).containsExactly(list(1), list(2));
    String refusals =
        """
        {"items":[{"at":"2026-01-01T10:00:00.5Z","status":429,"code":"quota_exceeded","reason":"max_concurrent",
                   "path":"/v1/messages","model":null}]}
        """;
    api.then(Answers.json(200, LIST)).then(Answers.json(200, refusals));
    assertThat(run("keys", "show", "Ada").well().out())
        .endsWith("2026-01-01T10:00:00Z     429  max_concurrent  /v1/messages  \n")
        .containsPattern("reserved +1 tokens")
        .containsPattern("window ends +2098-01-01T00:00:00Z");
  }

  @Test
  void import_sendsDigests_andNamesWhatIsThere() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("old.json"),
            """
            {"keys": [
              {"key": "pk_one", "name": "One", "token_limit_per_5h": 1, "disabled": true,
               "expiry_date": "2099-01-01T00:00:00Z", "upstream_key": "up",
               "previous_key_hash": "sha256:%s", "previous_valid_until": "2098-01-01T00:00:00Z"},
              {"name": "Bad"}
            ]}
            """
                .formatted("ab".repeat(32)));
    api.then(Answers.json(201, KEY));
    Said said = run("keys", "import", file.toString()).well();
    assertThat(said.out()).matches("k_[0-9a-f]{12}\n");
    assertThat(said.err())
        .contains("Skipped: entry 2 (Bad): ", "1 added, 1 skipped.")
        .containsPattern(
            "Note: k_\\S+ \\(One\\): its secret from before .* until 2098-01-01T00:00:00Z");
    assertThat(requested())
        .singleElement()
        .asString()
        .contains("\"key_hash\":\"sha256:", "\"upstream_key\":\"up\"", "\"disabled\":true")
        .doesNotContain("pk_one", "null", "abab");
    api.then(problem(409, ",\"detail\":\"key k_x: exists already.\""));
    assertThat(run("keys", "import", file.toString()).well().err())
        .contains(" (One): is here already\n", "0 added, 2 skipped.");
  }

  @Test
  void importThatBreaksOff_tellsWhatWasAdded() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("old.json"),
            """
            {"keys": [
              {"key": "pk_1", "id": "a", "token_limit_per_5h": 1, "expiry_date": "2099-01-01T00:00:00Z"},
              {"key": "pk_2", "id": "b", "token_limit_per_5h": 1, "expiry_date": "2099-01-01T00:00:00Z"},
              {"key": "pk_3", "id": "c", "token_limit_per_5h": 1, "expiry_date": "2099-01-01T00:00:00Z"}
            ]}
            """);
    api.then(Answers.json(201, KEY))
        .then(problem(503, ",\"detail\":\"The key file cannot be written.\""));
    Said said = run("keys", "import", file.toString());
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.lines()).hasSize(1).allMatch(id -> id.matches("[abc]"));
    assertThat(said.err())
        .isEqualTo(
            "1 added, 0 skipped.\ntallygate keys import: The key file cannot be written; the others"
                + " were not added, and the same command goes on with them\n");
    assertThat(requested()).hasSize(2);
  }

  @Test
  void problems_areToldInWords() {
    api.then(problem(401, ""));
    assertFails("does not take this ADMIN_TOKEN", "keys", "list");
    api.then(NONE);
    api.then(
        problem(
            422,
            ",\"detail\":\"model: too long\",\"errors\":[{\"field\":\"model\",\"message\":\"too long\"}]"));
    assertFails("create: model: too long\n", "keys", "create", "--name=x");
    api.then(NONE);
    api.then(
        problem(
            422,
            ",\"detail\":\"2 values\",\"errors\":[{\"field\":\"a\",\"message\":\"x\"},"
                + "{\"field\":\"b\",\"message\":\"y\"}]"));
    assertFails("create: a: x; b: y\n", "keys", "create", "--name=x");
    api.then(
        Answers.json(
            429, "{\"title\":\"T\",\"detail\":\"Try again in 56 s.\"}", "Retry-After: 56"));
    assertFails("list: Try again in 56 s\n", "keys", "list");
    api.then(NONE).then(problem(503, ",\"detail\":\"the key file cannot be written\""));
    assertFails("the key file cannot be written", "keys", "create", "--name=x");
    api.then("HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n");
    assertFails("answers 302, and not as a gateway's admin API does", "keys", "list");
    api.then(Answers.json(200, "<html>"));
    assertFails("answers 200, and not as a gateway's admin API does", "cache", "show");
    api.then(Answers.json(200, "{\"items\":[{}],\"total\":1}"));
    assertFails("the answer is no key", "keys", "list");
  }

  private void assertFails(String message, String... args) {
    Said said = run(args);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(message).doesNotContain("a-token-of-some-length");
  }

  @Test
  void nobodyThere_orNoToken_orNoUrl_isSaid() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Said nobody = tallygate.run("keys", "list", "--server=http://127.0.0.1:" + port);
    assertThat(nobody.code()).isEqualTo(ExitCode.FAILED);
    assertThat(nobody.err()).contains("no gateway answers at http://127.0.0.1:" + port);
    assertThat(tallygate.run("keys", "list", "--server=HTTP://localhost:" + port).err())
        .startsWith("tallygate keys list: no gateway answers at http://localhost:" + port);
    tallygate.environment.put("MANAGEMENT_PORT", "" + port);
    for (String host : List.of("127.0.0.3", "0.0.0.0", "::1", "::")) {
      tallygate.environment.put("MANAGEMENT_HOST", host);
      assertThat(tallygate.run("cache", "show").err())
          .startsWith("tallygate cache show: no gateway answers at http://" + reached(host) + ":");
    }
    for (String url : List.of("localhost:3001", "ftp://x", "http://u:pass@x", "http://x?y")) {
      Said said = tallygate.run("keys", "list", "--server=" + url);
      assertThat(said.code()).as(url).isEqualTo(ExitCode.USAGE);
      assertThat(said.err()).contains("--server: expected a URL such as").doesNotContain("pass");
    }
    assertThat(run("keys", "list", "--data-file=x").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("keys", "create", "--name=x", "--new-file").err())
        .contains("--server and --new-file: expected one of them");
    tallygate.environment.remove("ADMIN_TOKEN");
    Said said = run("keys", "list");
    assertThat(said.code()).isEqualTo(ExitCode.CONFIG);
    assertThat(said.err()).contains("ADMIN_TOKEN is not set");
    assertThat(api.requests()).isEmpty();
  }

  private static String reached(String host) {
    return host.contains(":") ? "[::1]" : host.equals("0.0.0.0") ? "127.0.0.1" : host;
  }

  @Test
  void cache_isShownClearedAndInvalidated() {
    api.then(Answers.json(200, "{\"hits\":3,\"enabled\":true}"));
    assertThat(run("cache", "show").well().out()).isEqualTo("hits     3\nenabled  true\n");
    api.then(Answers.json(200, "{\"hits\":3}"));
    assertThat(run("cache", "show", "--format=json").well().out()).isEqualTo("{\"hits\":3}\n");
    api.always("HTTP/1.1 204 No Content\r\n\r\n");
    run("cache", "clear").well();
    run("cache", "invalidate", "k 1").well();
    assertThat(requested())
        .endsWith("POST /admin/v1/cache/clear", "POST /admin/v1/cache/invalidate/k%201");
    tallygate.environment.put("MANAGEMENT_PORT", "off");
    assertThat(tallygate.run("cache", "show").err()).contains("MANAGEMENT_PORT is off");
  }

  @Test
  void usage_isReadFromTheGateway() {
    api.then(
        Answers.json(
            200,
            """
            {"by":["model"],"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z",
             "rows":[{"model":"m","requests":2,"input":3,"cache_read":0,"cache_written":0,
                      "output":4,"total":7,"estimated":1,"last_used":"2026-01-01T10:00:00Z"}],
             "total":{}}
            """));
    Said said =
        run("usage", "--by=model", "--key=k_1", "--since=2026-01-01", "--format=csv").well();
    assertThat(said.out()).endsWith("\r\nm,2,3,0,0,4,7,1,2026-01-01T10:00:00Z\r\n");
    assertThat(requested())
        .containsExactly("GET /admin/v1/usage?by=model&from=2026-01-01T00%3A00%3A00Z&key=k_1");
  }

  @Test
  void usage_byTwoGroups_upToATime_ofAKeyByItsName() {
    String nothing = "{\"by\":[\"key\",\"hour\"],\"from\":\"2026-01-01T00:00:00Z\",\"rows\":[]}";
    String row = "{\"key\":\"k_1\",\"hour\":\"2026-01-01T10:00:00Z\",\"requests\":2,\"output\":4}";
    api.then(problem(404, ""))
        .then(Answers.json(200, LIST))
        .then(Answers.json(200, nothing.replace("[]", "[" + row + "]")));
    String[] command = {
      "usage", "--by=key,hour", "--key=Ada", "--since=2026-01-01", "--until=2026-01-02"
    };
    assertThat(run(command).well().lines())
        .contains("Usage since 2026-01-01T00:00:00Z until 2026-01-03T00:00:00Z")
        .anyMatch(line -> line.startsWith("k_1    2026-01-01T10:00:00Z         2 "));
    String path = "GET /admin/v1/usage?by=key%2Chour&from=2026-01-01T00%3A00%3A00Z";
    assertThat(requested())
        .containsExactly(
            path + "&to=2026-01-03T00%3A00%3A00Z&key=Ada",
            list(1),
            path + "&to=2026-01-03T00%3A00%3A00Z&key=k_1");
    api.then(Answers.json(200, nothing));
    assertThat(run(command).well().err()).startsWith("No usage by this key since 2026-01-01");
    api.then(problem(404, "")).then(Answers.json(200, LIST));
    command[2] = "--key=tg_pasted";
    Said unknown = run(command);
    assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err())
        .startsWith("tallygate usage: there is no key of that id or name, and no usage by one")
        .doesNotContain("pasted");
  }

  @Test
  void everyCommandWithAServer_saysSoInItsHelp() {
    Stream.of(
            "keys create",
            "keys list",
            "keys show",
            "keys update",
            "keys disable",
            "keys enable",
            "keys revoke",
            "keys rotate",
            "keys import",
            "usage",
            "cache show",
            "cache clear",
            "cache invalidate")
        .forEach(command ->
            assertThat(tallygate.run((command + " --help").split(" ")).well().out())
                .as(command)
                .contains("--server=<URL>", "ADMIN_TOKEN", "Exit codes: 0"));
  }
}
