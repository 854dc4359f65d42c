package dev.tallygate.proxy;

import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.RetryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * An upstream and what all event loops know of it. Thread-safe.
 *
 * @param target where it is
 * @param breaker whether it gives signs of life
 * @param account what it has said of the accounts it is called with
 * @param limit how many calls may be out at one time, to all upstreams together
 * @param retries when a call is made once more
 */
public record Upstream(
    UpstreamTarget target,
    CircuitBreaker breaker,
    AccountState account,
    ConcurrencyLimit limit,
    RetryPolicy retries) {

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
