package dev.tallygate.proxy;

import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker.Permit;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attempts that are made at one call. Confined to the exchange's event loop. */
final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

  private final Upstream upstream;
  private final Exchange exchange;
  private final Secret credential;
  private int count;
  private long firstNanos;
  // Of the present attempt, until it has told whether the upstream is alive.
  private @Nullable Permit permit;
  private long sinceNanos;

  Attempts(Upstream upstream, Exchange exchange, Secret credential) {
    this.upstream = upstream;
    this.exchange = exchange;
    this.credential = credential;
  }

  /** Begins one; returns why not where the upstream is left alone, else null. */
  @Nullable ApiError begin() {
    Permit given = upstream.breaker().acquire();
    if (given == null) {
      return UpstreamErrors.notTried(upstream.breaker().retryAfter());
    }
    AccountState.Spent spent =
        exchange.expectsUsage() ? upstream.account().enter(credential) : null;
    if (spent != null) {
      upstream.breaker().undecided(given);
      return UpstreamErrors.accountSpent(spent);
    }
    permit = given;
    sinceNanos = given.sinceNanos();
    if (count == 0) {
      firstNanos = sinceNanos;
    }
    count++;
    return null;
  }

  /** When the present one began. */
  long sinceNanos() {
    return sinceNanos;
  }

  /** The upstream has answered. */
  void alive() {
    permit = null;
    upstream.breaker().alive();
  }

  /** There was no connection, or no answer in time. */
  void failed() {
    Permit of = permit;
    permit = null;
    if (of != null && upstream.breaker().failed(of)) {
      LOG.error(
          "upstream {} has not answered {} times in a row: it is left alone for now, and tried again"
              + " with single calls",
          upstream.target().hostHeader(),
          upstream.breaker().failures());
    }
  }

  /** The call is over; an attempt that has told nothing so far tells nothing any more. */
  void end() {
    if (permit != null) {
      upstream.breaker().undecided(permit);
      permit = null;
    }
  }

  /** The pause before another attempt, at least what was asked for; null when there is no time. */
  @Nullable Duration pause(@Nullable Duration asked) {
    Duration own = upstream.retries().pause(count, ThreadLocalRandom.current());
    Duration pause = asked == null || asked.compareTo(own) < 0 ? own : asked;
    Duration then = Duration.ofNanos(exchange.worker().ticker().nanos() - firstNanos).plus(pause);
    return upstream.retries().allows(then) ? pause : null;
  }
}
