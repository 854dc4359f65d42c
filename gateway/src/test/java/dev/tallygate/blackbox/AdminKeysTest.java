package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Keys over the admin API, and what a call with them meets right afterwards. */
class AdminKeysTest {
  private static final String SECRET = "pk_user_12345";

  @TempDir Path folder;

  private KeyFiles keys;
  private FakeUpstream upstream;
  private RunningGateway gateway;
  private AdminClient admin;

  @BeforeEach
  void start() throws IOException {
    keys = KeyFiles.in(folder).write(KeyFiles.key(SECRET).id("ada").name("Ada").limit(1_000));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(11, 22));
    gateway = RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
    admin = new AdminClient(gateway);
  }

  @AfterEach
  void close() throws IOException {
    try {
      gateway.close();
    } finally {
      upstream.close();
    }
  }

  /** The status of a call with a key, which uses 33 tokens where it is served. */
  private int call(String secret) throws IOException, InterruptedException {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"model\":\"m\",\"messages\":[]}",
            "authorization",
            "Bearer " + secret)
        .status();
  }

  private static List<String> ids(Http.Response list) {
    return list.json().path("items").valueStream().map(key -> key.path("id").asString()).toList();
  }

  @Test
  void newKey_isShownOnce_andWorksOnTheNextCall() throws Exception {
    String body =
        """
        {"name":"Grace","token_limit_per_5h":500,"models":["a","b"],"requests_per_minute":9,
         "max_concurrent":2,"quota_mode":"strict","expiry_date":"2099-01-31T00:00:00+01:00"}\
        """;
    Http.Response created = admin.post("/keys", body);
    assertThat(created.status()).isEqualTo(201);
    JsonNode key = created.json();
    String id = key.path("id").asString();
    assertThat(created.header("location")).isEqualTo("/admin/v1/keys/" + id);
    assertThat(created.header("etag")).isEqualTo(key.path("etag").asString());
    assertThat(key.path("expiry_date").asString()).isEqualTo("2099-01-30T23:00:00Z");
    assertThat(key.path("models").toString()).isEqualTo("[\"a\",\"b\"]");
    assertThat(key.path("requests_per_minute").asInt()).isEqualTo(9);
    assertThat(key.path("max_concurrent").asInt()).isEqualTo(2);
    assertThat(key.path("quota_mode").asString()).isEqualTo("strict");
    assertThat(key.path("status").asString()).isEqualTo("active");
    assertThat(key.path("usage").path("remaining").asInt()).isEqualTo(500);
    String secret = key.path("secret").asString();
    assertThat(secret).startsWith("tg_").hasSize(39);
    assertThat(Http.get(gateway.uri("/stats"), "authorization", "Bearer " + secret).status())
        .isEqualTo(200);
    assertThat(keys.text()).doesNotContain(secret).contains(KeyDigest.of(secret).toString());
    assertThat(admin.get("/keys/" + id).body()).doesNotContain(secret, "\"secret\"");
  }

  @Test
  void newKeyWithDefaults_hasAYearAnd100000Tokens() throws Exception {
    JsonNode key = admin.post("/keys", "{\"name\":\"Grace\"}").json();
    assertThat(key.path("token_limit_per_5h").asLong()).isEqualTo(100_000);
    assertThat(key.path("quota_mode").asString()).isEqualTo("adaptive");
    assertThat(Instant.parse(key.path("expiry_date").asString()))
        .isBetween(
            Instant.now().plus(Duration.ofDays(364)), Instant.now().plus(Duration.ofDays(367)));
    assertThat(call(key.path("secret").asString())).isEqualTo(200);
  }

  @Test
  void newKeyThatIsDisabled_makesNoCall_untilItIsEnabled() throws Exception {
    JsonNode key = admin.post("/keys", "{\"name\":\"Later\",\"disabled\":true}").json();
    assertThat(key.path("status").asString()).isEqualTo("disabled");
    assertThat(call(key.path("secret").asString())).isEqualTo(403);
    admin.patch("/keys/" + key.path("id").asString(), "{\"disabled\":false}");
    assertThat(call(key.path("secret").asString())).isEqualTo(200);
  }

  @Test
  void newKeyOfADigest_comesWithoutASecret_andItsSecretWorks() throws Exception {
    assertThat(call("pk_my_own_secret")).isEqualTo(401);
    String hash = KeyDigest.of("pk_my_own_secret").toString();
    String body = "{\"name\":\"Own\",\"id\":\"own/1 ü\",\"key_hash\":\"%s\"}".formatted(hash);
    Http.Response created = admin.post("/keys", body);
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.json().has("secret")).isFalse();
    assertThat(call("pk_my_own_secret")).isEqualTo(200);
    String location = created.header("location");
    assertThat(
            Http.get(
                    gateway.managementUri(location), "authorization", "Bearer " + AdminClient.TOKEN)
                .json()
                .path("id")
                .asString())
        .isEqualTo("own/1 ü");
    assertThat(admin.post("/keys", body).status()).isEqualTo(409);
    assertThat(admin.post("/keys", "{\"name\":\"x\",\"id\":\"ada\"}").status()).isEqualTo(409);
  }

  @ParameterizedTest
  @ValueSource(strings = {".", ".."})
  void idThatNoPathCanHold_isRefused(String id) throws Exception {
    Http.Response refused = admin.post("/keys", "{\"name\":\"x\",\"id\":\"" + id + "\"}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("detail").asString()).contains("other than . and ..");
  }

  @Test
  void secretAsIdOrName_isRefused_andNotRepeated() throws Exception {
    String secret = admin.post("/keys", "{\"name\":\"x\"}").json().path("secret").asString();
    Http.Response refused =
        admin.post("/keys", "{\"name\":\"of %s\",\"id\":\"%s\"}".formatted(secret, secret));
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("errors").valueStream().map(e -> e.path("field").asString()))
        .containsExactlyInAnyOrder("name", "id");
    Http.Response renamed = admin.patch("/keys/ada", "{\"name\":\"%s\"}".formatted(secret));
    assertThat(renamed.status()).isEqualTo(422);
    assertThat(refused.body() + renamed.body()).doesNotContain(secret);
  }

  @Test
  void mistakesInABody_areNamedAllAtOnce_andChangeNothing() throws Exception {
    String before = keys.text();
    String body =
        """
        {"name":"","token_limit_per_5h":-1,"requests_per_minute":0,"max_concurrent":1.5,
         "models":["a","a"],"quota_mode":"lax","expiry_date":"tomorrow","nmae":"x",
         "upstream_key":"has a space","key_hash":"sha256:0","id":"..","model":true,"name":"twice"}\
        """;
    Http.Response refused = admin.post("/keys", body);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.header("content-type")).isEqualTo("application/problem+json");
    assertThat(refused.json().path("errors").valueStream().map(e -> e.path("field").asString()))
        .containsExactlyInAnyOrder(
            "name",
            "token_limit_per_5h",
            "requests_per_minute",
            "max_concurrent",
            "models",
            "quota_mode",
            "expiry_date",
            "nmae",
            "upstream_key",
            "key_hash",
            "id",
            "model");
    assertThat(refused.body()).doesNotContain("has a space");
    assertThat(admin.post("/keys", "{}").json().path("errors").toString())
        .contains("\"name\"", "is missing");
    assertThat(
            admin.post("/keys", "{\"name\":\"x\",\"expiry_date\":\"2020-01-01T00:00:00Z\"}").body())
        .contains("is in the past");
    assertThat(keys.text()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"name\":\"x\"      | 400",
        "[]                   | 400",
        "'\"name\"'           | 400",
        "{\"name\":\"x\"} {}  | 400",
        "{\"name\":\"x\",}    | 400",
      })
  void bodyThatIsNoObject_isRefused(String body, int status) throws Exception {
    assertThat(admin.post("/keys", body).status()).isEqualTo(status);
  }

  @Test
  void bodyThatIsNoJson_isToldWhereButNotRepeated() throws Exception {
    Http.Response refused = admin.post("/keys", "{\"name\":\"x\",\n\"upstream_key\": hers-alone}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("detail").asString()).contains("at 2:");
    assertThat(refused.body()).doesNotContain("hers");
  }

  @Test
  void bodyOfAnotherType_isRefused() throws Exception {
    Http.Response refused =
        Http.call(
            "POST",
            admin.uri("/keys"),
            "{\"name\":\"x\"}",
            new String[] {
              "authorization", "Bearer " + AdminClient.TOKEN, "content-type", "text/plain"
            });
    assertThat(refused.status()).isEqualTo(415);
    assertThat(refused.json().path("detail").asString()).contains("application/json");
  }

  @Test
  void change_isInForceOnTheNextCall_andEndsOnTheNextOne() throws Exception {
    assertThat(call(SECRET)).isEqualTo(200);
    for (int i = 0; i < 5; i++) {
      assertThat(admin.patch("/keys/ada", "{\"disabled\":true}").status()).isEqualTo(200);
      assertThat(call(SECRET)).isEqualTo(403);
      assertThat(admin.patch("/keys/ada", "{\"disabled\":null}").status()).isEqualTo(200);
      assertThat(call(SECRET)).isEqualTo(200);
    }
    assertThat(admin.patch("/keys/ada", "{\"token_limit_per_5h\":1}").status()).isEqualTo(200);
    assertThat(call(SECRET)).isEqualTo(429);
    JsonNode usage = admin.get("/keys/ada").json().path("usage");
    assertThat(usage.path("used").asInt()).isEqualTo(6 * 33);
    assertThat(usage.path("remaining").asInt()).isZero();
    assertThat(usage.path("lifetime_tokens").asInt()).isEqualTo(6 * 33);
    assertThat(Instant.parse(usage.path("frees_at").asString())).isAfter(Instant.now());
    assertThat(Instant.parse(usage.path("last_used").asString())).isBefore(Instant.now());
    assertThat(admin.delete("/keys/ada").status()).isEqualTo(204);
    assertThat(call(SECRET)).isEqualTo(401);
    assertThat(admin.get("/keys/ada").status()).isEqualTo(404);
    assertThat(admin.delete("/keys/ada").status()).isEqualTo(404);
  }

  @Test
  void patch_changesWhatItNames_removesWhatIsNull_andLeavesTheRest() throws Exception {
    admin.patch(
        "/keys/ada",
        """
        {"name":"Ada L.","model":"*","models":["m"],"requests_per_minute":5,"max_concurrent":1,
         "upstream_key":"credential-of-hers","quota_mode":"strict",
         "expiry_date":"2030-01-01T00:00:00Z"}\
        """);
    JsonNode key = admin.get("/keys/ada").json();
    assertThat(key.path("name").asString()).isEqualTo("Ada L.");
    assertThat(key.path("has_upstream_key").asBoolean()).isTrue();
    assertThat(key.path("expiry_date").asString()).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(key.path("token_limit_per_5h").asInt()).isEqualTo(1_000);
    assertThat(key.toString()).doesNotContain("credential-of-hers");
    assertThat(keys.entry("ada").path("upstream_key").asString()).isEqualTo("credential-of-hers");

    Http.Response changed =
        admin.patch(
            "/keys/ada",
            """
            {"model":null,"models":null,"requests_per_minute":null,"max_concurrent":null,
             "upstream_key":null,"quota_mode":null}\
            """);
    key = changed.json();
    assertThat(key.path("model").isNull()).isTrue();
    assertThat(key.path("models").isEmpty()).isTrue();
    assertThat(key.path("requests_per_minute").isNull()).isTrue();
    assertThat(key.path("max_concurrent").isNull()).isTrue();
    assertThat(key.path("has_upstream_key").asBoolean()).isFalse();
    assertThat(key.path("quota_mode").asString()).isEqualTo("adaptive");
    assertThat(key.path("name").asString()).isEqualTo("Ada L.");

    Http.Response refused =
        admin.patch(
            "/keys/ada", "{\"name\":null,\"token_limit_per_5h\":null,\"expiry_date\":null}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("errors").size()).isEqualTo(3);
    assertThat(admin.patch("/keys/ada", "{\"id\":\"bob\"}").status()).isEqualTo(422);
    assertThat(admin.patch("/keys/bob", "{\"name\":\"x\"}").status()).isEqualTo(404);
  }

  @Test
  void secondOfTwoAdmins_doesNotOverwriteTheFirst() throws Exception {
    String seen = admin.get("/keys/ada").header("etag");
    assertThat(admin.patch("/keys/ada", "{\"name\":\"first\"}", "if-match", seen).status())
        .isEqualTo(200);
    Http.Response second = admin.patch("/keys/ada", "{\"name\":\"second\"}", "if-match", seen);
    assertThat(second.status()).isEqualTo(412);
    assertThat(admin.delete("/keys/ada", "if-match", seen).status()).isEqualTo(412);
    assertThat(admin.post("/keys/ada/rotate", "", "if-match", seen).status()).isEqualTo(412);
    JsonNode key = admin.get("/keys/ada").json();
    assertThat(key.path("name").asString()).isEqualTo("first");
    assertThat(second.header("etag")).isEqualTo(key.path("etag").asString());
    assertThat(call(SECRET)).isEqualTo(200);

    String now = key.path("etag").asString();
    assertThat(admin.get("/keys/ada").header("etag")).as("usage is no change").isEqualTo(now);
    assertThat(admin.patch("/keys/ada", "{\"name\":\"x\"}", "if-match", "\"0\", " + now).status())
        .isEqualTo(200);
    assertThat(admin.delete("/keys/ada", "if-match", "*").status()).isEqualTo(204);
  }

  @Test
  void rotatedSecret_endsAtOnceOrWithItsGrace() throws Exception {
    Http.Response first = admin.post("/keys/ada/rotate", "{\"grace_seconds\":3600}");
    assertThat(first.status()).isEqualTo(200);
    String second = first.json().path("secret").asString();
    assertThat(Instant.parse(first.json().path("previous_valid_until").asString()))
        .isBetween(Instant.now().plusSeconds(3500), Instant.now().plusSeconds(3601));
    assertThat(call(SECRET)).isEqualTo(200);
    assertThat(call(second)).isEqualTo(200);
    String seen = admin.get("/keys/ada").header("etag");
    Http.Response early = admin.post("/keys/ada/rotate", "{\"grace_seconds\":60}");
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.json().path("detail").asString())
        .contains("works until", "two secrets at most; say end_previous");
    assertThat(admin.get("/keys/ada").header("etag")).isEqualTo(seen);
    String third = admin.post("/keys/ada/rotate", "").json().path("secret").asString();
    assertThat(call(SECRET)).isEqualTo(401);
    assertThat(call(second)).isEqualTo(401);
    assertThat(call(third)).isEqualTo(200);
    JsonNode key = admin.get("/keys/ada").json();
    assertThat(key.path("previous_valid_until").isNull()).isTrue();
    assertThat(key.path("usage").path("used").asInt()).as("one history").isEqualTo(3 * 33);
    assertThat(keys.text()).doesNotContain(second, third, SECRET);
    admin.post("/keys/ada/rotate", "{\"grace_seconds\":60}");
    assertThat(call(third)).isEqualTo(200);
    String meant = "{\"grace_seconds\":60,\"end_previous\":true}";
    assertThat(admin.post("/keys/ada/rotate", meant).status()).isEqualTo(200);
    assertThat(call(third)).isEqualTo(401);
    assertThat(admin.post("/keys/ada/rotate", "{\"grace_seconds\":-1}").status()).isEqualTo(422);
    assertThat(admin.post("/keys/bob/rotate", "").status()).isEqualTo(404);
  }

  @Test
  void list_filtersSortsAndPages() throws Exception {
    keys.write(
        KeyFiles.key("pk_a").id("a").name("Zoe").used(Instant.now(), 10),
        KeyFiles.key("pk_b").id("b").name("ann").used(Instant.now(), 30).disabled(),
        KeyFiles.key("pk_c").id("c").name("Bob").expires(Instant.parse("2020-01-01T00:00:00Z")),
        KeyFiles.key("pk_d").id("d").name("bobby").without("created_at"));
    Http.Response all = admin.get("/keys");
    assertThat(ids(all)).containsExactly("b", "c", "d", "a");
    assertThat(all.json().path("total").asInt()).isEqualTo(4);
    assertThat(all.json().path("per_page").asInt()).isEqualTo(50);
    assertThat(ids(admin.get("/keys?sort=-name"))).containsExactly("a", "d", "c", "b");
    assertThat(ids(admin.get("/keys?sort=-used"))).startsWith("b", "a");
    assertThat(ids(admin.get("/keys?sort=expiry_date"))).startsWith("c");
    assertThat(ids(admin.get("/keys?sort=created_at"))).endsWith("d");
    assertThat(ids(admin.get("/keys?sort=-created_at"))).endsWith("d");
    assertThat(ids(admin.get("/keys?status=active"))).containsExactly("d", "a");
    assertThat(ids(admin.get("/keys?status=disabled"))).containsExactly("b");
    assertThat(ids(admin.get("/keys?status=expired"))).containsExactly("c");
    assertThat(ids(admin.get("/keys?q=BOB"))).containsExactly("c", "d");
    Http.Response second = admin.get("/keys?per_page=3&page=2");
    assertThat(ids(second)).containsExactly("a");
    assertThat(second.json().path("total").asInt()).isEqualTo(4);
    assertThat(ids(admin.get("/keys?page=9"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "page=0, page",
    "per_page=501, per_page",
    "page=x, page",
    "sort=age, sort",
    "status=gone, status",
    "colour=red, query",
    "q=a&q=b, q",
  })
  void queryWithAMistake_isRefusedByItsName(String query, String field) throws Exception {
    Http.Response refused = admin.get("/keys?" + query);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("errors").get(0).path("field").asString()).isEqualTo(field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\\ud800", "x\\ud83d", "\\u202eadmin", "a\\u2028b", "\\u200b", "a\\u0007"})
  void nameThatCannotBeShown_isRefusedByItsField(String name) throws Exception {
    Http.Response refused = admin.patch("/keys/ada", "{\"name\":\"" + name + "\"}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("errors").get(0).path("field").asString()).isEqualTo("name");
  }

  @Test
  void nameWithAnEmojiOfSeveral_isTaken() throws Exception {
    String family = "Ada \ud83d\udc69\u200d\ud83d\ude80";
    assertThat(admin.patch("/keys/ada", "{\"name\":\"" + family + "\"}").status()).isEqualTo(200);
    assertThat(admin.get("/keys/ada").json().path("name").asString()).isEqualTo(family);
  }

  @Test
  void keyFileThatCannotBeRead_is503_andSaysWhy() throws Exception {
    keys.writeText("{\"keys\":[");
    Http.Response refused = admin.patch("/keys/ada", "{\"name\":\"x\"}");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.json().path("detail").asString()).contains("apikeys.json");
    assertThat(admin.get("/keys").status()).as("the last good state").isEqualTo(200);
  }
}
