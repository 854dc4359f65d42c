package dev.tallygate.quota;

/** What a key used before this process started; the port through which a window is rebuilt. */
@FunctionalInterface
public interface UsageHistory {
  /** Receives past usage. */
  @FunctionalInterface
  interface Sink {
    /** {@code tokens} were used at {@code epochMillis}. */
    void used(long epochMillis, long tokens);
  }

  /** Replays the key's usage since {@code sinceEpochMillis} from memory; does not block. */
  void replay(String keyId, long sinceEpochMillis, Sink sink);
}
