package dev.tallygate.proxy;

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
  private int count;
  private long firstNanos;
  private Permit permit = Permit.GRANTED;
  private boolean undecided;

  Attempts(Upstream upstream, Exchange exchange) {
    this.upstream = upstream;
    this.exchange = exchange;
  }

  /** Begins one; returns why not where the upstream is left alone, else null. */
  @Nullable ApiError begin() {
    permit = upstream.breaker().acquire();
    if (permit == Permit.DENIED) {
      return UpstreamErrors.notTried(upstream.breaker().retryAfter());
    }
    if (count == 0) {
      firstNanos = exchange.elapsedNanos();
    }
    count++;
    undecided = true;
    return null;
  }

  /** The upstream has answered. */
  void alive() {
    undecided = false;
    upstream.breaker().alive();
  }

  /** There was no connection, or no answer in time. */
  void failed() {
    undecided = false;
    if (upstream.breaker().failed(permit)) {
      LOG.error(
          "upstream {} has not answered {} times in a row: it is left alone for now, and tried again"
              + " with single calls",
          upstream.target().hostHeader(),
          upstream.breaker().failures());
    }
  }

  /** The call is over; an attempt that has told nothing so far tells nothing any more. */
  void end() {
    if (undecided) {
      undecided = false;
      upstream.breaker().undecided(permit);
    }
  }

  /** The pause before another attempt, at least what was asked for; null when there is no time. */
  @Nullable Duration pause(@Nullable Duration asked) {
    Duration own = upstream.retries().pause(count, ThreadLocalRandom.current());
    Duration pause = asked == null || asked.compareTo(own) < 0 ? own : asked;
    Duration then = Duration.ofNanos(exchange.elapsedNanos() - firstNanos).plus(pause);
    return upstream.retries().allows(then) ? pause : null;
  }
}
