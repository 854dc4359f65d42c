package dev.tallygate.admin;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The times that the API takes: RFC 3339 with a zone, of the years 1970 to 9999. */
final class Times {
  static final String EXPECTED = "expected a time with its zone such as 2027-01-31T00:00:00Z";

  // Later ones would have to be written with a sign.
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private Times() {}

  /** In whole milliseconds, or null: it is no such time. */
  static @Nullable Instant parse(String text) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS);
      return time.isBefore(Instant.EPOCH) || time.isAfter(LATEST) ? null : time;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
