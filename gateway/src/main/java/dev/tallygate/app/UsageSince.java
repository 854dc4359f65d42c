package dev.tallygate.app;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways of saying since when: so long ago, a day, a moment. */
final class UsageSince {
  static final String ALLOWED =
      "minutes, hours or days back such as 90m, 24h or 7d, a date such as 2026-01-18 (UTC), or a time"
          + " with its zone such as 2026-01-18T12:00:00Z";

  private static final Pattern BACK = Pattern.compile("(\\d{1,6})([mhd])");

  private UsageSince() {}

  /** The moment that the text means; empty when it means none. */
  static Optional<Instant> parse(String text, Instant now) {
    Matcher back = BACK.matcher(text);
    if (back.matches()) {
      return Optional.of(now.minus(duration(Long.parseLong(back.group(1)), back.group(2))));
    }
    try {
      return Optional.of(
          text.contains(":")
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
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
