package dev.tallygate.usage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a report is asked for.
 *
 * @param keyId only this key's use, or null: that of all
 * @param since when to begin, taken to the whole minute in which it lies
 * @param until when to end, taken to the end of the minute in which it lies; null: with the latest
 * @param by one grouping, or two of which one at most is a time
 * @param maxRows more are not read; whoever must know whether there are more asks for one more
 */
public record UsageQuery(
    @Nullable String keyId,
    Instant since,
    @Nullable Instant until,
    List<UsageGrouping> by,
    int maxRows) {
  /** Copies the list and checks it. */
  public UsageQuery {
    by = List.copyOf(by);
    boolean good =
        !by.isEmpty()
            && by.size() <= 2
            && by.stream().distinct().count() == by.size()
            && by.stream().filter(UsageGrouping::isTime).count() <= 1;
    if (!good) {
      throw new IllegalArgumentException(
          "by: " + by + " (expected: one or two different ones, at most one of them a time)");
    }
  }
}
