package dev.tallygate.quota;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.TokenUsage;

/**
 * A call's place within its key's limits, from admission to end. It ends exactly once: settled with
 * what the call used, or released because it used nothing. Whatever comes second is ignored, since
 * an end, an error and a cancellation of the same call may all arrive. Thread-safe.
 */
public final class Reservation {
  private final QuotaEnforcer enforcer;
  private final ApiKey key;
  private final Call call;
  private final long tokens;
  final KeyState usage;

  /** Guarded by the key's state. */
  boolean ended;

  Reservation(QuotaEnforcer enforcer, ApiKey key, KeyState usage, Call call, long tokens) {
    this.enforcer = enforcer;
    this.key = key;
    this.usage = usage;
    this.call = call;
    this.tokens = tokens;
  }

  /** Tokens that are held for the call until it ends. */
  public long tokens() {
    return tokens;
  }

  /**
   * Ends the reservation and charges what the call used, now.
   *
   * @param outputBytes generated text that was seen; 0 where none was
   * @param estimated whether any of {@code used} is an estimate, from which nothing can be learned
   * @return whether this ended it; false when it had ended before, and nothing was charged
   */
  public boolean settle(TokenUsage used, long outputBytes, boolean estimated) {
    return enforcer.settle(this, used, outputBytes, estimated);
  }

  /**
   * Ends the reservation of a call that used nothing. The request still counts as one.
   *
   * @return whether this ended it
   */
  public boolean release() {
    return enforcer.release(this);
  }

  /**
   * What to charge for an answer that was cut off before its usage was told.
   *
   * @param outputBytes generated text that was relayed
   */
  public TokenUsage estimate(long outputBytes) {
    return enforcer.estimate(call, outputBytes);
  }

  /** What the key has used and has left now, this call being one of those that run. */
  public QuotaView view() {
    return enforcer.view(key, usage);
  }

  String keyId() {
    return key.id();
  }

  Call call() {
    return call;
  }
}
