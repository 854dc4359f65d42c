package dev.tallygate.proxy;

import dev.tallygate.model.ApiKey;
import dev.tallygate.upstream.ConcurrencyLimit;
import java.util.concurrent.RejectedExecutionException;

/**
 * A call's wait for its place among those that may be out. It ends once: with the place, or because
 * the call has given up, and then a place that comes all the same goes to the next. Confined to the
 * exchange's event loop, but for {@link #granted}.
 */
final class Turn implements ConcurrencyLimit.Waiter, Runnable {
  private final Relay relay;
  private final Exchange exchange;
  private final ConcurrencyLimit limit;
  private boolean givenUp;

  Turn(Relay relay, Exchange exchange, ConcurrencyLimit limit) {
    this.relay = relay;
    this.exchange = exchange;
    this.limit = limit;
  }

  void await() {
    limit.await(this);
  }

  void giveUp() {
    givenUp = true;
    limit.leave(this);
  }

  @Override
  public String keyId() {
    ApiKey key = exchange.key();
    return key == null ? "" : key.id();
  }

  /** From any thread. */
  @Override
  public void granted() {
    try {
      exchange.worker().loop().execute(this);
    } catch (RejectedExecutionException e) {
      // The gateway has stopped; the others that wait have, too.
      limit.exit();
    }
  }

  /** The place is there. */
  @Override
  public void run() {
    if (givenUp) {
      limit.exit();
    } else {
      relay.admitted();
    }
  }
}
