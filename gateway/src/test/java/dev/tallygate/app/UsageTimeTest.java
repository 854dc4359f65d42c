package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTimeTest {
  @ParameterizedTest
  @CsvSource({
    "90m, 2026-01-18T10:30:00Z",
    "24h, 2026-01-17T12:00:00Z",
    "7d, 2026-01-11T12:00:00Z",
    "0m, 2026-01-18T12:00:00Z",
    "999999d, 1970-01-01T00:00:00Z",
    "2026-01-18, 2026-01-18T00:00:00Z",
    "2026-01-18T11:22:33Z, 2026-01-18T11:22:33Z",
    "2026-01-18T11:22:33.5+02:00, 2026-01-18T09:22:33.500Z",
    "2026-01-18t11:22:33z, 2026-01-18T11:22:33Z",
  })
  void whatIsAllowed_isUnderstood(String text, Instant meant) {
    assertThat(UsageTime.since(text, FakeTicker.START)).contains(meant);
  }

  @Test
  void dayAsAnEnd_isTheEndOfThatDay() {
    assertThat(UsageTime.until("2026-01-17", FakeTicker.START))
        .contains(Instant.parse("2026-01-18T00:00:00Z"));
    assertThat(UsageTime.until("2026-01-17T12:00:00Z", FakeTicker.START))
        .contains(Instant.parse("2026-01-17T12:00:00Z"));
    assertThat(UsageTime.until("1h", FakeTicker.START))
        .contains(Instant.parse("2026-01-18T11:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "24",
        "h",
        "24 h",
        "-24h",
        "1.5h",
        "24H",
        "2w",
        "1h30m",
        "1234567h",
        "yesterday",
        "18.01.2026",
        "2026-1-8",
        "2026-02-30",
        "2026-01-18T11:22:33",
        "2026-01-18 11:22:33Z",
        "2026-01-18T25:00:00Z",
        "1768737600",
        "+12026-01-18",
        "12026-01-18T11:22:33Z",
      })
  void anythingElse_isNot(String text) {
    assertThat(UsageTime.since(text, FakeTicker.START)).isEmpty();
  }
}
