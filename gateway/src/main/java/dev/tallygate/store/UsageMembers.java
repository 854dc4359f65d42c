package dev.tallygate.store;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the members that the gateway owns. They never refuse an entry: what makes no sense is
 * nothing used.
 */
final class UsageMembers {
  /**
   * More than any key uses, and few enough for any sums of it: 2^53, which JSON still tells
   * exactly.
   */
  private static final long LARGEST_COUNT = 1L << 53;

  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private UsageMembers() {}

  static @Nullable Instant date(JsonParser p) {
    if (p.currentToken() != JsonToken.VALUE_STRING) {
      p.skipChildren();
      return null;
    }
    try {
      Instant at = OffsetDateTime.parse(p.getString()).toInstant();
      return at.isBefore(EARLIEST) || at.isAfter(LATEST) ? null : at;
    } catch (DateTimeException e) {
      return null;
    }
  }

  static long count(JsonParser p) {
    if (p.currentToken() == JsonToken.VALUE_NUMBER_INT
        && p.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return Math.clamp(p.getLongValue(), 0, LARGEST_COUNT);
    }
    p.skipChildren();
    return 0;
  }

  static List<UsageWindow> windows(JsonParser p) {
    if (p.currentToken() != JsonToken.START_ARRAY) {
      p.skipChildren();
      return List.of();
    }
    List<UsageWindow> list = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      if (p.currentToken() != JsonToken.START_OBJECT) {
        p.skipChildren();
        continue;
      }
      Instant start = null;
      long tokens = 0;
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String member = p.currentName();
        p.nextToken();
        switch (member) {
          case "window_start" -> start = date(p);
          case "tokens_used" -> tokens = count(p);
          default -> p.skipChildren();
        }
      }
      if (start != null && tokens > 0) {
        list.add(new UsageWindow(start, tokens));
      }
    }
    return list;
  }
}
