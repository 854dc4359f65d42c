package dev.tallygate.app.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpiryTest {
  private static final Instant NOW = Instant.parse("2026-11-29T10:00:00.123Z");

  @ParameterizedTest
  @CsvSource({
    "2027-01-31, 2027-01-31T23:59:59Z",
    "2027-01-31T12:00:00Z, 2027-01-31T12:00:00Z",
    "2027-01-31T12:00:00+02:00, 2027-01-31T10:00:00Z",
    "90d, 2027-02-27T10:00:00Z",
    "12h, 2026-11-29T22:00:00Z",
  })
  void momentOfAnEnd(String text, Instant expected) {
    assertThat(Expiry.parse(text, NOW)).contains(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "soon", "90", "90m", "-1d", "123456d", "2027-02-30", "+10000-01-01", "1d 2h"})
  void whatIsNoEnd(String text) {
    assertThat(Expiry.parse(text, NOW)).isEmpty();
  }

  @Test
  void spans() {
    assertThat(Expiry.grace("0")).contains(Duration.ZERO);
    assertThat(Expiry.grace("90m")).contains(Duration.ofMinutes(90));
    assertThat(Expiry.grace("24h")).contains(Duration.ofHours(24));
    assertThat(Expiry.grace("7d")).contains(Duration.ofDays(7));
    assertThat(Expiry.grace("7w")).isEmpty();
    assertThat(Expiry.grace("366d")).contains(Duration.ofDays(366));
    assertThat(Expiry.grace("367d")).isEmpty();
  }
}
