package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask: the token, sessions, and those who have neither. */
class AdminSignInTest {
  @TempDir Path folder;

  private FakeUpstream upstream;
  private RunningGateway gateway;
  private AdminClient admin;

  @BeforeEach
  void start() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345").id("ada"));
    upstream = FakeUpstream.start();
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

  private String signIn() throws IOException, InterruptedException {
    Http.Response begun = admin.post("/session", "");
    assertThat(begun.status()).isEqualTo(204);
    return begun.header("set-cookie").replaceFirst(";.*", "");
  }

  private Http.Response with(String token) throws IOException, InterruptedException {
    return Http.get(admin.uri("/keys"), "authorization", token);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer",
        "Bearer wrong",
        "Basic YWRtaW46YWRtaW4=",
        AdminClient.TOKEN,
        "Bearer " + AdminClient.TOKEN + "x",
        "Bearer an-admin-token-of-test"
      })
  void wrongToken_is401(String authorization) throws Exception {
    Http.Response refused = with(authorization);
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.header("www-authenticate")).startsWith("Bearer");
    assertThat(refused.header("content-type")).isEqualTo("application/problem+json");
    assertThat(refused.body()).doesNotContain(AdminClient.TOKEN);
  }

  @Test
  void missingToken_is401_andNoAttempt() throws Exception {
    for (int i = 0; i < 30; i++) {
      assertThat(Http.get(admin.uri("/keys")).status()).isEqualTo(401);
    }
    assertThat(admin.get("/keys").status()).isEqualTo(200);
  }

  @Test
  void schemeInAnotherCase_isUnderstood() throws Exception {
    assertThat(with("bearer  " + AdminClient.TOKEN).status()).isEqualTo(200);
  }

  @Test
  void tenWrongTokens_makeTheAddressWait_butNotWhoHasTheRightOne() throws Exception {
    String cookie = signIn();
    for (int i = 0; i < 10; i++) {
      assertThat(with("Bearer guess-" + i).status()).isEqualTo(401);
    }
    Http.Response refused = with("Bearer guess");
    assertThat(refused.status()).isEqualTo(429);
    assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60);
    assertThat(admin.get("/keys").status()).isEqualTo(200);
    assertThat(admin.post("/session", "").status()).isEqualTo(204);
    assertThat(with("Bearer guess").status()).as("it is no pardon").isEqualTo(429);
    assertThat(Http.get(admin.uri("/keys"), "cookie", cookie).status()).isEqualTo(200);
    assertThat(Http.get(gateway.managementUri("/metrics")).status()).isEqualTo(200);
  }

  @Test
  void session_isKeptInACookieThatNoScriptAndNoOtherSiteSees() throws Exception {
    Http.Response begun = admin.post("/session", "");
    assertThat(begun.header("set-cookie"))
        .matches(
            "tallygate_session=[\\w-]{43}; Max-Age=43200; HttpOnly; SameSite=Strict; Path=/admin");
    String cookie = begun.header("set-cookie").replaceFirst(";.*", "");
    Http.Response told = Http.get(admin.uri("/session"), "cookie", "theme=dark; " + cookie);
    assertThat(told.status()).isEqualTo(200);
    assertThat(Instant.parse(told.json().path("expires_at").asString()))
        .isBetween(Instant.now().plusSeconds(11 * 3600), Instant.now().plusSeconds(12 * 3600 + 1));
    assertThat(Http.get(admin.uri("/keys"), "cookie", cookie).status()).isEqualTo(200);
    assertThat(admin.post("/session", "", "x-forwarded-proto", "https").header("set-cookie"))
        .endsWith("; Secure");
  }

  @Test
  void signedOut_isSignedOut() throws Exception {
    String cookie = signIn();
    Http.Response ended =
        Http.call(
            "DELETE", admin.uri("/session"), "cookie", cookie, "x-requested-with", "tallygate");
    assertThat(ended.status()).isEqualTo(204);
    assertThat(ended.header("set-cookie")).startsWith("tallygate_session=; Max-Age=0;");
    assertThat(Http.get(admin.uri("/keys"), "cookie", cookie).status()).isEqualTo(401);
    assertThat(Http.get(admin.uri("/session"), "cookie", cookie).status()).isEqualTo(401);
  }

  @Test
  void session_isBegunWithTheTokenOnly() throws Exception {
    String cookie = signIn();
    assertThat(
            Http.call(
                    "POST",
                    admin.uri("/session"),
                    "cookie",
                    cookie,
                    "x-requested-with",
                    "tallygate")
                .status())
        .isEqualTo(401);
    assertThat(Http.get(admin.uri("/keys"), "cookie", "tallygate_session=made-up").status())
        .isEqualTo(401);
  }

  @Test
  void oldestOfTooManySessions_ends() throws Exception {
    String first = signIn();
    String second = signIn();
    for (int i = 0; i < 99; i++) {
      signIn();
    }
    assertThat(Http.get(admin.uri("/keys"), "cookie", first).status()).isEqualTo(401);
    assertThat(Http.get(admin.uri("/keys"), "cookie", second).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "x-requested-with, tallygate, sec-fetch-site, same-origin, 204",
    "x-requested-with, tallygate, origin, SAME, 204",
    "x-requested-with, tallygate, x-other, x, 204",
    "x-requested-with, XMLHttpRequest, x-other, x, 403",
    "x-other, x, sec-fetch-site, same-origin, 403",
    "x-requested-with, tallygate, sec-fetch-site, same-site, 403",
    "x-requested-with, tallygate, sec-fetch-site, cross-site, 403",
    "x-requested-with, tallygate, sec-fetch-site, none, 403",
    "x-requested-with, tallygate, origin, http://127.0.0.1:1, 403",
    "x-requested-with, tallygate, origin, null, 403",
  })
  void changeWithASession_hasToComeFromTheDashboard(
      String name, String value, String second, String secondValue, int status) throws Exception {
    String own = "http://" + gateway.managementUri("/").getAuthority();
    Http.Response response =
        Http.call(
            "POST",
            admin.uri("/cache/clear"),
            "cookie",
            signIn(),
            name,
            value,
            second,
            secondValue.replace("SAME", own));
    assertThat(response.status()).isEqualTo(status);
    if (status == 403) {
      assertThat(response.json().path("detail").asString()).contains("X-Requested-With");
    }
  }

  @Test
  void otherScheme_isNoAttemptAndHidesNoSession() throws Exception {
    String session = signIn();
    for (int i = 0; i < 12; i++) {
      Http.Response response =
          Http.get(
              admin.uri("/keys"), "cookie", session, "authorization", "Basic YWxpY2U6c2VjcmV0");
      assertThat(response.status()).isEqualTo(200);
    }
    assertThat(Http.get(admin.uri("/keys"), "authorization", "Basic YWxpY2U6c2VjcmV0").status())
        .isEqualTo(401);
  }

  @Test
  void changeBehindAProxyOfAnotherName_isJudgedAsTheBrowserDid() throws Exception {
    Http.Response response =
        Http.call(
            "POST",
            admin.uri("/cache/clear"),
            "cookie",
            signIn(),
            "x-requested-with",
            "tallygate",
            "origin",
            "https://gateway.example",
            "sec-fetch-site",
            "same-origin");
    assertThat(response.status()).isEqualTo(204);
  }

  @Test
  void otherOrigins_areToldNothingOfTheRight() throws Exception {
    Http.Response preflight =
        Http.call(
            "OPTIONS",
            admin.uri("/keys"),
            "origin",
            "http://evil.example",
            "access-control-request-method",
            "POST");
    assertThat(preflight.status()).isEqualTo(405);
    assertThat(preflight.headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control"));
  }
}
