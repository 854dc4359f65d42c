package dev.tallygate.usage;

/**
 * Where usage is recorded. Each record counts once. Implementations are thread-safe; {@link
 * #record} does not block.
 */
public interface UsageLedger {
  /**
   * Takes a record. {@code committed} runs exactly once when it is durable, on any thread, possibly
   * before this method returns.
   */
  void record(UsageRecord usage, Runnable committed);
}
