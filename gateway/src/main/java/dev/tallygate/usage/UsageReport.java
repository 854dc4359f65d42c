package dev.tallygate.usage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was used within some time.
 *
 * @param by what the rows are sums by, as many as each has groups
 * @param since the whole minute it begins with
 * @param until the whole minute before which it ends; null: with the latest
 * @param rows one per group that used anything
 * @param keyKnown whether the ledger has ever seen the key that was asked for; true when none was
 */
public record UsageReport(
    List<UsageGrouping> by,
    Instant since,
    @Nullable Instant until,
    List<UsageRow> rows,
    boolean keyKnown) {
  /** Copies the lists. */
  public UsageReport {
    by = List.copyOf(by);
    rows = List.copyOf(rows);
  }

  /** The sum of all rows. */
  public UsageRow total() {
    return rows.stream()
        .reduce(new UsageRow(List.of("total"), 0, 0, 0, 0, 0, 0, null), UsageRow::plus);
  }
}
