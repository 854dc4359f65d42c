package dev.tallygate.usage;

import org.jspecify.annotations.Nullable;

/** Where usage is recorded. Each record counts once. Implementations are thread-safe. */
public interface UsageLedger {
  /**
   * Takes a record; does not block. {@code committed} runs once, when the record is on file, on any
   * thread, possibly before this method returns. While the ledger is in trouble that may take long;
   * if the process ends before, it never runs.
   */
  void record(UsageRecord usage, Runnable committed);

  /**
   * Why nothing can be recorded at the moment, in a few words that clients may read; null when all
   * is well. New calls are not to be served meanwhile.
   */
  @Nullable String trouble();
}
