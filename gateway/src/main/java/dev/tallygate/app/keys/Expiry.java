package dev.tallygate.app.keys;

import dev.tallygate.keys.Rotation;
import dev.tallygate.keys.TimeText;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ways of saying when a key ends, and for how long something holds. */
final class Expiry {
  static final String ALLOWED =
      "a day such as 2027-01-31, at whose end in UTC the key ends, a time with its zone such as"
          + " 2027-01-31T12:00:00Z, or days or hours from now such as 90d or 12h";
  static final String GRACE_ALLOWED =
      "days, hours or minutes such as 7d, 24h or 90m, at most 366 days, or 0";

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
      return Optional.ofNullable(
          TimeText.parse(text.contains(":") ? text : LocalDate.parse(text) + "T23:59:59Z"));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** How long a secret may live on; empty when the text means no such time. */
  static Optional<Duration> grace(String text) {
    return span(text).filter(span -> span.compareTo(Rotation.LONGEST_GRACE) <= 0);
  }

  private static Optional<Duration> span(String text) {
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
