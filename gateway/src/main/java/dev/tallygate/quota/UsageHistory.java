package dev.tallygate.quota;

/** What keys used before this process started; the port through which windows are rebuilt. */
@FunctionalInterface
public interface UsageHistory {
  /** Receives past usage. */
  @FunctionalInterface
  interface Sink {
    /** The key used {@code tokens} at {@code epochMillis}. */
    void used(String keyId, long epochMillis, long tokens);
  }

  /** Replays all usage since {@code sinceEpochMillis}, in any order. Asked once, at start. */
  void replay(long sinceEpochMillis, Sink sink);
}
