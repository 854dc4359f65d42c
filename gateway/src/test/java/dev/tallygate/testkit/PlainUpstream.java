package dev.tallygate.testkit;

import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Upstream;
import dev.tallygate.proxy.UpstreamTarget;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.RetryPolicy;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;

/** Upstreams of which nothing is known and for which nothing is done. */
public final class PlainUpstream {
  private PlainUpstream() {}

  /** One that is never left alone, and whose calls are made once. */
  public static Upstream of(UpstreamTarget target, Ticker ticker) {
    return new Upstream(
        target,
        new CircuitBreaker(0, ticker, new SplittableRandom(1)),
        new AccountState(ticker),
        new ConcurrencyLimit(0, Duration.ZERO),
        new RetryPolicy(Duration.ZERO, Set.of()));
  }
}
