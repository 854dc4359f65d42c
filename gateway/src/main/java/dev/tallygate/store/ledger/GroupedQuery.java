package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageGrouping;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The parts of a report's query that depend on what it sums by. */
final class GroupedQuery {
  private static final int MINUTES_AN_HOUR = 60;
  private static final int MINUTES_A_DAY = 24 * MINUTES_AN_HOUR;

  private GroupedQuery() {}

  /**
   * The whole query.
   *
   * @param sums all between the groups' columns and those of GROUP BY
   */
  static String of(List<UsageGrouping> by, String sums) {
    String columns = by.stream().map(GroupedQuery::column).collect(Collectors.joining(", "));
    return "SELECT " + columns + sums + numbers(by) + " ORDER BY " + order(by) + " LIMIT ?4";
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
