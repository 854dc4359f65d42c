package dev.tallygate.store.ledger;

import java.time.Instant;
import java.util.Locale;

/** What a report sums usage by. */
public enum UsageGrouping {
  /** Key ids, the largest use first. */
  KEY("key_id", "9 DESC, 1"),
  /** Models, the largest use first; the empty name stands for calls that named none. */
  MODEL("model", "9 DESC, 1"),
  /** Hours, the earliest first. */
  HOUR("hour", "1");

  private final String column;
  private final String order;

  UsageGrouping(String column, String order) {
    this.column = column;
    this.order = order;
  }

  /** The group's name as scripts see it: {@code key}, {@code model}, {@code hour}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  String column() {
    return column;
  }

  /** After which columns of the report's query its rows come. */
  String order() {
    return order;
  }

  String group(String value) {
    return this == HOUR ? Instant.ofEpochSecond(Long.parseLong(value) * 3_600).toString() : value;
  }
}
