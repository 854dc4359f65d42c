package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static dev.tallygate.blackbox.GatewayAndUpstream.OWN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.PassingTicker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors of Z.AI that are about the account behind the gateway, not about the call. */
@Tag("transport")
class AccountTroubleTest {
  private static final DateTimeFormatter BEIJING =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.ofHours(8));
  private final Instant reset =
      Instant.now().plus(2, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);

  @TempDir Path folder;

  private static String error(String code, String message) {
    return Answers.json(
        429, "{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}");
  }

  private static Http.Response post(GatewayAndUpstream both, String path, String key)
      throws Exception {
    return Http.post(both.uri(path), "{}", "x-api-key", key);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1308 | Usage limit reached for 5 hour. Your limit will reset at %s",
        "1308 | 已达到 5 小时的使用上限。您的限额将在 %s 重置。",
        "1310 | Weekly/Monthly Limit Exhausted. Your limit will reset at %s",
        "1304 | The API has reached its daily limit, which will reset at %s",
      })
  void accountsQuota_isToldWithItsTrueReset_andNobodyIsSentThereUntilThen(
      String code, String message) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(error(code, message.formatted(BEIJING.format(reset))));
      for (int i = 0; i < 3; i++) {
        Http.Response response = post(both, CHAT, KEY);
        assertThat(response.status()).isEqualTo(429);
        assertThat(response.json().at("/error/code").asString())
            .isEqualTo("upstream_quota_exhausted");
        assertThat(response.json().at("/error/resets_at").asString()).isEqualTo(reset.toString());
        assertThat(Long.parseLong(response.header("retry-after")))
            .isCloseTo(Duration.between(Instant.now(), reset).toSeconds(), Offset.offset(30L));
        assertThat(response.header("x-should-retry")).isEqualTo("false");
      }
      assertThat(both.upstream.requests()).hasSize(1);
      assertThat(Http.get(both.uri("/health")).body()).contains("degraded", reset.toString());
      both.gateway.awaitIdle();
      assertThat(RecordedUsage.in(folder)).isEmpty();
      // Another account, and the other API, are another matter.
      assertThat(post(both, CHAT, OWN_KEY).status()).isEqualTo(200);
      assertThat(post(both, MESSAGES, KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void accountsQuota_isToldInTheFormatThatWasCalled() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(
          Answers.json(
              429,
              "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"code\":\"1308\",\"message\":"
                  + "\"[1308][Usage limit reached for 5 hour. Your limit will reset at "
                  + BEIJING.format(reset)
                  + "]\"}}"));
      for (int i = 0; i < 2; i++) {
        Http.Response response = post(both, MESSAGES, KEY);
        assertThat(response.status()).isEqualTo(429);
        assertThat(response.json().at("/error/type").asString()).isEqualTo("rate_limit_error");
        assertThat(response.json().at("/error/message").asString()).contains(reset.toString());
      }
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  @Test
  void quotaOfAHoldersOwnAccount_isTheirs() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(error("1308", "reset at " + BEIJING.format(reset)));
      assertThat(post(both, CHAT, OWN_KEY).status()).isEqualTo(429);
      assertThat(post(both, CHAT, OWN_KEY).status()).isEqualTo(429);
      assertThat(both.upstream.requests()).hasSize(1);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void quotaOfAPartOfTheAccount_isTold_andTheRestGoesOn() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(error("1316", "will reset at " + BEIJING.format(reset)));
      Http.Response response = post(both, CHAT, KEY);
      assertThat(response.status()).isEqualTo(429);
      assertThat(response.header("retry-after")).isNotEmpty();
      assertThat(response.json().at("/error/message").asString())
          .startsWith("A part of the account's plan")
          .contains("1316", reset.toString());
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void spentAccount_isAskedEveryTenMinutes_andOpenOnceItServesACall() throws Exception {
    PassingTicker ticker = new PassingTicker();
    String day = Long.toString(Duration.ofDays(1).toMillis());
    try (GatewayAndUpstream both =
            GatewayAndUpstream.start(
                folder,
                ticker,
                "UPSTREAM_CONNECT_TIMEOUT_MS",
                day,
                "UPSTREAM_HEADER_TIMEOUT_MS",
                day,
                "UPSTREAM_IDLE_TIMEOUT_MS",
                day,
                "CLIENT_HEADER_TIMEOUT_MS",
                day,
                "CLIENT_IDLE_TIMEOUT_MS",
                day);
        LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
      String spent = error("1308", "reset at " + BEIJING.format(reset));
      both.upstream.then(spent).then(spent);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(429);
      ticker.advance(Duration.ofMinutes(10));
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(429);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(429);
      assertThat(both.upstream.requests()).hasSize(2);
      assertThat(log.lines()).hasSize(1);
      // What uses no tokens goes through, and tells nothing.
      assertThat(models(both)).isEqualTo(200);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(429);
      ticker.advance(Duration.ofMinutes(10));
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(both.upstream.requests()).hasSize(5);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
      assertThat(log.lines()).hasSize(2).last().asString().contains("serves").contains("again");
    }
  }

  private static int models(GatewayAndUpstream both) throws Exception {
    return Http.get(both.uri("/v1/models"), "x-api-key", KEY).status();
  }

  @Test
  void refusal_isSaidOnce_andNotOverWithACallThatUsesNoTokens() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
      both.upstream.then(error("1113", "recharge")).then(error("1113", "recharge"));
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(502);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(502);
      assertThat(models(both)).isEqualTo(200);
      assertThat(Http.get(both.uri("/health")).body()).contains("degraded", "1113");
      assertThat(log.lines()).hasSize(1);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
      assertThat(log.lines()).hasSize(2);
    }
  }

  @Test
  void refusalOfWhatUsesNoTokens_isNotTheAccounts_unlessItsCredentialIsMeant() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(Answers.json(403, "{}"));
      assertThat(models(both)).isEqualTo(502);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
      both.upstream.then(Answers.json(401, "{}"));
      assertThat(models(both)).isEqualTo(502);
      assertThat(Http.get(both.uri("/health")).body()).contains("degraded", "ZAI_API_KEY");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"code\":\"1113\",\"message\":\"m\",\"type\":\"invalid_request_error\"}}",
        "{\"error\":{\"code\":1113,\"message\":\"m\"}}",
      })
  void codesOfAnotherProvider_passAsTheyCame(String body) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(Answers.json(429, body));
      Http.Response response = post(both, CHAT, KEY);
      assertThat(response.status()).isEqualTo(429);
      assertThat(response.body()).isEqualTo(body);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Usage limit reached for 5 hour.",
        "Your limit will reset at 2020-01-01 00:00:00",
        "Your limit will reset at 2999-01-01 00:00:00",
        "Your limit will reset at 2026-99-99 99:99:99"
      })
  void resetThatCannotBeBelieved_isPassedOnAsItCame(String message) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(error("1308", message));
      Http.Response response = post(both, CHAT, KEY);
      assertThat(response.status()).isEqualTo(429);
      assertThat(response.json().at("/error/message").asString()).isEqualTo(message);
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000", "1004", "1113", "1309", "1313"})
  void accountThatIsNotServed_isTheOperatorsMatter(String code) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
      both.upstream.then(error(code, "recharge"));
      Http.Response response = post(both, CHAT, KEY);
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.json().at("/error/code").asString())
          .isEqualTo("upstream_account_refused");
      assertThat(response.json().at("/error/message").asString())
          .contains("the gateway key itself is fine");
      assertThat(response.header("x-should-retry")).isEqualTo("false");
      assertThat(log.lines()).anyMatch(line -> line.contains("code " + code));
      assertThat(Http.get(both.uri("/health")).body()).contains("degraded", code);
      // It is tried again with the next call, and that it is served ends the matter.
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @Test
  void refusedCredential_isSeenInHealth_untilItIsAccepted() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(Answers.json(401, "{}"));
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(502);
      assertThat(Http.get(both.uri("/health")).body()).contains("degraded", "ZAI_API_KEY");
      assertThat(post(both, CHAT, KEY).status()).isEqualTo(200);
      assertThat(Http.get(both.uri("/health")).json().path("status").asString()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1211", "1261", "1301", "1302", "1305", "1311"})
  void errorsOfTheCallItself_passAsTheyCame(String code) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      String body = "{\"error\":{\"code\":\"" + code + "\", \"message\":\"Grüße\"} }";
      both.upstream.then(Answers.json(400, body, "Retry-After: 3"));
      Http.Response response = post(both, CHAT, KEY);
      assertThat(response.status()).isEqualTo(400);
      assertThat(response.body()).isEqualTo(body);
      assertThat(response.header("retry-after")).isEqualTo("3");
    }
  }
}
