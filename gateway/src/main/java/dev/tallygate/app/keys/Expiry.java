package dev.tallygate.app.keys;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways of saying when a key ends, and for how long something holds. */
final class Expiry {
  static final String ALLOWED =
      "a day such as 2027-01-31, at whose end in UTC the key ends, a time with its zone such as"
          + " 2027-01-31T12:00:00Z, or days or hours from now such as 90d or 12h";
  static final String SPAN_ALLOWED = "days, hours or minutes such as 7d, 24h or 90m, or 0";

  /** Years of five digits are mistakes, and no date that others can read. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private static final Pattern SPAN = Pattern.compile("(\\d{1,5})([mhd])");

  private Expiry() {}

  /** The moment that the text means, to the second; empty when it means none. */
  static Optional<Instant> parse(String text, Instant now) {
    Optional<Duration> span = span(text);
    if (span.isPresent()) {
      return text.endsWith("m")
          ? Optional.empty()
          : Optional.of(now.plus(span.get()).truncatedTo(ChronoUnit.SECONDS));
    }
    try {
      Instant at =
          text.contains(":")
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDate.parse(text).atTime(23, 59, 59).toInstant(ZoneOffset.UTC);
      return at.isAfter(LATEST) ? Optional.empty() : Optional.of(at);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** A length of time; empty when the text means none. */
  static Optional<Duration> span(String text) {
    if (text.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    Matcher matcher = SPAN.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        });
  }
}
