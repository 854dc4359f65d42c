package dev.tallygate.usage;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells what was used. Implementations are thread-safe; they block. */
@FunctionalInterface
public interface UsageReports {
  /**
   * Sums up what is on record. Time groups come in their order; other groups, and those within a
   * time, by the largest use.
   *
   * @throws IOException when the record cannot be read; the message says what to do
   */
  UsageReport read(UsageQuery query) throws IOException;

  /**
   * Sums up everything since a moment, by one grouping.
   *
   * @param keyId only this key's use, or null: that of all
   * @throws IOException when the record cannot be read; the message says what to do
   */
  default UsageReport read(@Nullable String keyId, Instant since, UsageGrouping by)
      throws IOException {
    return read(new UsageQuery(keyId, since, null, List.of(by), Integer.MAX_VALUE));
  }
}
