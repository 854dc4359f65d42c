package dev.tallygate.app;

import dev.tallygate.keys.TimeText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways of saying from and up to when: so long ago, a day, a moment. */
final class UsageTime {
  static final String ALLOWED =
      "minutes, hours or days back such as 90m, 24h or 7d, a date such as 2026-01-18 (UTC), or a time"
          + " with its zone such as 2026-01-18T12:00:00Z";

  private static final Pattern BACK = Pattern.compile("(\\d{1,6})([mhd])");

  private UsageTime() {}

  /** The moment from which on the text means, of a day its begin; empty when it means none. */
  static Optional<Instant> since(String text, Instant now) {
    return parse(text, now, 0);
  }

  /** The moment up to which the text means, of a day its end; empty when it means none. */
  static Optional<Instant> until(String text, Instant now) {
    return parse(text, now, 1);
  }

  private static Optional<Instant> parse(String text, Instant now, int daysAfter) {
    Matcher back = BACK.matcher(text);
    if (back.matches()) {
      Instant at = now.minus(duration(Long.parseLong(back.group(1)), back.group(2)));
      return Optional.of(at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at);
    }
    try {
      return Optional.ofNullable(
          TimeText.parse(
              text.contains(":")
                  ? text
                  : LocalDate.parse(text).plusDays(daysAfter) + "T00:00:00Z"));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Duration duration(long count, String unit) {
    return switch (unit) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
