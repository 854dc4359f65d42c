package dev.tallygate.store.ledger;

import java.time.Instant;
import java.util.List;

/**
 * What was used from some time on.
 *
 * @param by what the rows are sums by
 * @param since the whole minute it begins with
 * @param rows one per group that used anything
 * @param keyKnown whether the ledger has ever seen the key that was asked for; true when none was
 */
public record UsageReport(UsageGrouping by, Instant since, List<UsageRow> rows, boolean keyKnown) {
  /** Copies the list. */
  public UsageReport {
    rows = List.copyOf(rows);
  }

  /** The sum of all rows. */
  public UsageRow total() {
    return rows.stream().reduce(new UsageRow("total", 0, 0, 0, 0, 0, 0, null), UsageRow::plus);
  }
}
