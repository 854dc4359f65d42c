package dev.tallygate.quota;

/**
 * A call's place within its key's limits, from admission to end. It ends exactly once: settled with
 * what the call used, or released because it used nothing. Whatever comes second is ignored, since
 * an end, an error and a cancellation of the same call may all arrive. Thread-safe.
 */
public final class Reservation {
  private final QuotaEnforcer enforcer;
  private final KeyUsage usage;
  private final dev.tallygate.model.ApiKey key;
  private boolean ended;

  Reservation(QuotaEnforcer enforcer, KeyUsage usage, dev.tallygate.model.ApiKey key) {
    this.key = key;
    this.enforcer = enforcer;
    this.usage = usage;
  }

  /** Stub. */
  public boolean settle(dev.tallygate.model.TokenUsage used, long outputBytes, boolean estimated) {
    return settle(used.total());
  }

  /** Stub. */
  public dev.tallygate.model.TokenUsage estimate(long outputBytes) {
    return new dev.tallygate.model.TokenUsage(1, 0, 0, outputBytes / 4);
  }

  /** Stub. */
  public QuotaView view() {
    return enforcer.view(key);
  }

  /**
   * Ends the reservation and charges what the call used, now.
   *
   * @param tokens input and output, at least 0
   * @return whether this ended it; false when it had ended before, and nothing was charged
   */
  public boolean settle(long tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException("tokens: " + tokens + " (expected: >= 0)");
    }
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
    }
    enforcer.end(key.id(), usage, tokens);
    return true;
  }

  /**
   * Ends the reservation of a call that used nothing. The request still counts as one.
   *
   * @return whether this ended it
   */
  public boolean release() {
    return settle(0);
  }
}
