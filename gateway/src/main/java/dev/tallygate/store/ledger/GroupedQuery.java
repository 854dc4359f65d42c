package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageGrouping;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The queries that reports are read by. */
final class GroupedQuery {
  private static final int MINUTES_AN_HOUR = 60;
  private static final int MINUTES_A_DAY = 24 * MINUTES_AN_HOUR;

  private static final String COLUMNS =
      """
      key_id, model, requests, input, cache_read, cache_written, output, estimated, last_used
      """;

  private static final String SUMS =
      """
      , sum(requests), sum(input), sum(cache_read), sum(cache_written), sum(output),
        sum(estimated), max(last_used), sum(input + output) AS total
      """;

  // As constants to compare an hour with, so that they bound the search.
  private static final String FIRST_HOUR = "?1 / 60";
  private static final String END_HOUR = "?2 / 60 + (?2 % 60 > 0)";

  private static final String OF_ALL =
      """
      SELECT minute, %1$s FROM minute_usage WHERE minute >= ?1 AND minute < ?2
      UNION ALL
      SELECT minute, %1$s FROM journaled WHERE minute >= ?1 AND minute < ?2
      UNION ALL
      SELECT hour * 60, %1$s FROM hour_usage
      WHERE hour >= %2$s AND hour < %3$s AND last_used >= ?1 * 60000
      """
          .formatted(COLUMNS, FIRST_HOUR, END_HOUR);

  /*
   * Rows lie by time first and by key second. So one key's are looked up in each minute and hour
   * that there is, going from one to the next: some thousand short searches, however many keys
   * there are. An index by key would serve as well, but each commit would have to write a page of
   * it for each key.
   */
  private static final String OF_ONE =
      """
      SELECT minute, %1$s FROM (%2$s) CROSS JOIN minute_usage
      WHERE minute = at AND key_id = ?4
      UNION ALL
      SELECT minute, %1$s FROM journaled WHERE minute >= ?1 AND minute < ?2 AND key_id = ?4
      UNION ALL
      SELECT hour * 60, %1$s FROM (%3$s) CROSS JOIN hour_usage
      WHERE hour = at AND key_id = ?4 AND last_used >= ?1 * 60000
      """
          .formatted(
              COLUMNS,
              each("minute_usage", "minute", "?1", "?2"),
              each("hour_usage", "hour", FIRST_HOUR, END_HOUR));

  /** Whether anything is on record of a key, which is the only parameter. */
  static final String KNOWN =
      """
      SELECT EXISTS (SELECT 1 FROM account WHERE key_id = ?1)
        OR EXISTS (SELECT 1 FROM journaled WHERE key_id = ?1)
        OR EXISTS (
          SELECT 1 FROM (%s) CROSS JOIN minute_usage WHERE minute = at AND key_id = ?1)
      """
          .formatted(each("minute_usage", "minute", "0", Long.toString(Long.MAX_VALUE)));

  private GroupedQuery() {}

  /** The different values of a table's first column, as {@code at}, by one search for each. */
  private static String each(String table, String column, String first, String end) {
    return """
    WITH RECURSIVE step (at) AS (
      SELECT min(%2$s) FROM %1$s WHERE %2$s >= %3$s AND %2$s < %4$s
      UNION ALL
      SELECT (SELECT min(%2$s) FROM %1$s WHERE %2$s > step.at AND %2$s < %4$s)
      FROM step WHERE step.at IS NOT NULL)
    SELECT at FROM step WHERE at IS NOT NULL
    """
        .formatted(table, column, first, end);
  }

  /**
   * A report's query. Its parameters: the first minute, the one before which it ends, how many rows
   * at most, and the key, if it is of one.
   */
  static String of(List<UsageGrouping> by, boolean ofOneKey) {
    String columns = by.stream().map(GroupedQuery::column).collect(Collectors.joining(", "));
    return "SELECT "
        + columns
        + SUMS
        + "FROM ("
        + (ofOneKey ? OF_ONE : OF_ALL)
        + ") GROUP BY "
        + numbers(by)
        + " ORDER BY "
        + order(by)
        + " LIMIT ?3";
  }

  private static String column(UsageGrouping by) {
    return switch (by) {
      case KEY -> "key_id";
      case MODEL -> "model";
      case MINUTE -> "minute";
      case HOUR -> "minute / " + MINUTES_AN_HOUR;
      case DAY -> "minute / " + MINUTES_A_DAY;
    };
  }

  private static String numbers(List<UsageGrouping> by) {
    return IntStream.rangeClosed(1, by.size())
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", "));
  }

  private static String order(List<UsageGrouping> by) {
    List<String> order = new ArrayList<>();
    for (int i = 0; i < by.size(); i++) {
      if (by.get(i).isTime()) {
        order.add(Integer.toString(i + 1));
      }
    }
    order.add("total DESC");
    order.add(numbers(by));
    return String.join(", ", order);
  }

  /** The group's name, of its column. */
  static String group(UsageGrouping by, String value) {
    return switch (by) {
      case KEY, MODEL -> value;
      case MINUTE -> start(value, 1);
      case HOUR -> start(value, MINUTES_AN_HOUR);
      case DAY -> start(value, MINUTES_A_DAY);
    };
  }

  private static String start(String number, int minutes) {
    return Instant.ofEpochSecond(Long.parseLong(number) * minutes * 60).toString();
  }
}
