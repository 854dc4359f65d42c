package dev.tallygate.keys;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The times that are taken: RFC 3339 with a zone, of the years 1970 to 9999. Stateless. */
public final class TimeText {
  /** What is expected, as a message says it. */
  public static final String EXPECTED =
      "expected a time with its zone such as 2027-01-31T00:00:00Z";

  // Later ones would have to be written with a sign.
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private TimeText() {}

  /** In whole milliseconds, or null: it is no such time. */
  public static @Nullable Instant parse(String text) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS);
      return time.isBefore(Instant.EPOCH) || time.isAfter(LATEST) ? null : time;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
