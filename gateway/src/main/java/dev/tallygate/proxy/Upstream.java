package dev.tallygate.proxy;

import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.RetryPolicy;
import org.jspecify.annotations.Nullable;

/** An upstream and what all event loops know of it. Thread-safe. */
public final class Upstream {
  private final CircuitBreaker breaker;
  private final AccountState account;
  private final ConcurrencyLimit limit;
  private volatile UpstreamTarget target;
  private volatile RetryPolicy retries;

  /**
   * @param target where it is
   * @param breaker whether it gives signs of life
   * @param account what it has said of the accounts it is called with
   * @param limit how many calls may be out at one time, to all upstreams together
   * @param retries when a call is made once more
   */
  public Upstream(
      UpstreamTarget target,
      CircuitBreaker breaker,
      AccountState account,
      ConcurrencyLimit limit,
      RetryPolicy retries) {
    this.target = target;
    this.breaker = breaker;
    this.account = account;
    this.limit = limit;
    this.retries = retries;
  }

  /** Where it is, and with what credential it is called. */
  public UpstreamTarget target() {
    return target;
  }

  /** Whether it gives signs of life. */
  public CircuitBreaker breaker() {
    return breaker;
  }

  /** What it has said of the accounts it is called with. */
  public AccountState account() {
    return account;
  }

  ConcurrencyLimit limit() {
    return limit;
  }

  RetryPolicy retries() {
    return retries;
  }

  /** Changes the gateway's own credential there, for calls that begin from now on. */
  public void credential(@Nullable Secret credential) {
    target = target.with(credential);
  }

  /** Changes when a call is made once more. */
  public void retries(RetryPolicy policy) {
    retries = policy;
  }

  /**
   * Why a call with this credential need not be made now, or null.
   *
   * @param usesTokens whether the account's quota matters to it
   */
  public @Nullable ApiError refusal(Secret credential, boolean usesTokens) {
    AccountState.Spent spent = usesTokens ? account.closedToCalls(credential) : null;
    if (spent != null) {
      return UpstreamErrors.accountSpent(spent);
    }
    return breaker.isClosedToCalls() ? UpstreamErrors.notTried(breaker.retryAfter()) : null;
  }
}
