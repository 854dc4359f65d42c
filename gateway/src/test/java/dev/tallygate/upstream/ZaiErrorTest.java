package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.upstream.ZaiError.Meaning;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZaiErrorTest {
  private static @Nullable ZaiError parse(String body) {
    return ZaiError.parse(body.getBytes(StandardCharsets.UTF_8), true);
  }

  private static @Nullable ZaiError parseOfAnyone(String body) {
    return ZaiError.parse(body.getBytes(StandardCharsets.UTF_8), false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"code\":\"1308\",\"message\":\"m\"}}",
        "{\"error\":{\"code\":1308,\"message\":\"m\"}}",
        "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"code\":\"1308\","
            + "\"message\":\"[1308][m]\"},\"request_id\":\"r\"}",
        "{\"error\":{\"message\":\"[1308][Usage limit reached]\",\"type\":\"rate_limit_error\"}}",
      })
  void code_isFoundWhereverItIsToldIn(String body) {
    assertThat(parse(body)).isNotNull().extracting(ZaiError::code).isEqualTo(1308);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "1308",
        "[]",
        "{}",
        "{\"error\":\"1308\"}",
        "{\"error\":[]}",
        "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"1308\"}}",
        "{\"error\":{\"code\":13080}}",
        "{\"error\":{\"code\":13.08}}",
        "{\"error\":{\"code\":{},\"message\":{}}}",
        "{\"error\":{\"code\":\"1308\"",
        "<html>1308</html>",
      })
  void otherBodies_areNone(String body) {
    assertThat(parse(body)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"code\":\"1308\",\"message\":\"m\"}}",
        "{\"error\":{\"code\":\"1308\",\"message\":\"m\"},\"request_id\":\"r\"}",
        "{\"error\":{\"message\":\"[1308][Usage limit reached]\",\"type\":\"rate_limit_error\"}}",
      })
  void exactShape_isBelievedOfAnyUpstream(String body) {
    assertThat(parseOfAnyone(body)).isNotNull().extracting(ZaiError::code).isEqualTo(1308);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"error\":{\"code\":1113,\"message\":\"m\"}}",
        "{\"error\":{\"code\":\"1113\"}}",
        "{\"error\":{\"code\":\"1113\",\"message\":\"m\",\"type\":\"api_error\",\"param\":null}}",
        "{\"error\":{\"code\":\"1113\",\"type\":\"m\"}}",
        "{\"error\":{\"message\":\"[1113] rows\"}}",
      })
  void likeShape_isNotBelievedOfAnyUpstream(String body) {
    assertThat(parseOfAnyone(body)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "1000, ACCOUNT_REFUSED",
    "1004, ACCOUNT_REFUSED",
    "1113, ACCOUNT_REFUSED",
    "1302, BUSY",
    "1303, BUSY",
    "1304, ACCOUNT_SPENT",
    "1305, BUSY",
    "1308, ACCOUNT_SPENT",
    "1310, ACCOUNT_SPENT",
    "1317, PART_SPENT",
    "1309, ACCOUNT_REFUSED",
    "1313, ACCOUNT_REFUSED",
    "1211, OTHER",
    "1261, OTHER",
    "1301, OTHER",
    "1311, OTHER",
  })
  void meaning_isThatOfTheCode(int code, Meaning meaning) {
    assertThat(new ZaiError(code, "").meaning()).isEqualTo(meaning);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Your limit will reset at 2026-09-09 05:38:28 | 2026-09-08T21:38:28Z",
        "您的限额将在 2026-08-25 07:41:44 重置。 | 2026-08-24T23:41:44Z",
        "[1310][Limit Exhausted. Your limit will reset at 2026-07-14 07:49:08] | 2026-07-13T23:49:08Z",
        "Resets at 2026-08-07T05:00:00Z | 2026-08-07T05:00:00Z",
        "Resets at 2026-08-07T05:00:00.123+02:00 | 2026-08-07T03:00:00Z",
      })
  void resetTime_isBeijingsUnlessItSaysOtherwise(String message, String instant) {
    assertThat(new ZaiError(1308, message).resetAt()).isEqualTo(Instant.parse(instant));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "at 05:38:28",
        "2026-13-09 05:38:28",
        "2026-02-30 25:00:00",
        "2026-09-09"
      })
  void resetTimeThatIsNone_isNull(String message) {
    assertThat(new ZaiError(1308, message).resetAt()).isNull();
  }

  @Test
  void depthWithoutEnd_isNoError() {
    assertThat(parse("{\"error\":" + "[".repeat(100_000))).isNull();
  }
}
