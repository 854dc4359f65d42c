package dev.tallygate.proxy;

import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker.Permit;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Carries one exchange to its upstream and the answer back. Confined to the exchange's event loop.
 *
 * <p>The call gets a place among those that may be out, at once or when its {@link Turn} comes, and
 * is then made. Until the client is answered it may be made more than once, where that can cost
 * nothing twice; the body is kept for that. All that passes between gateway and upstream is an
 * {@link Attempt}'s; it ends the call, too, where the client does not.
 */
public final class Relay extends Deadlines.Owner {
  private enum Phase {
    /** Waiting for a place among the calls that may be out. */
    QUEUED,
    /** An attempt is being made; it knows how far it is. */
    TRYING,
    /** Between two attempts. */
    PAUSING,
    OVER
  }

  private final Exchange exchange;
  private final Upstream upstream;
  private final UpstreamTarget target;
  private final String uri;
  private final Secret credential;

  private Phase phase = Phase.QUEUED;
  private @Nullable Turn turn;
  // Whether the call has a place to give back.
  private boolean admitted;
  private @Nullable Attempt attempt;
  private int attempts;
  private long firstNanos;

  /**
   * Prepares the call; {@link #start} makes it.
   *
   * @param uri path and query below the upstream's base path
   * @param credential what the upstream is shown
   */
  public Relay(Exchange exchange, Upstream upstream, String uri, Secret credential) {
    this.exchange = exchange;
    this.upstream = upstream;
    this.target = upstream.target();
    this.uri = uri;
    this.credential = credential;
  }

  /** Makes the call. */
  public void start() {
    exchange.relayedBy(this);
    deadlines().add(this);
    switch (upstream.limit().enter()) {
      case ADMITTED -> admitted();
      case UNCOUNTED -> attempt();
      case FULL -> queue(upstream.limit().patience());
    }
  }

  private void queue(Duration patience) {
    if (patience.isZero()) {
      refuse(UpstreamErrors.BUSY);
    } else {
      within(patience);
      turn = new Turn(this, exchange, upstream.limit());
      turn.await();
    }
  }

  /** The call has its place. */
  void admitted() {
    turn = null;
    admitted = true;
    attempt();
  }

  /** Makes an attempt, unless the upstream is left alone. */
  private void attempt() {
    Permit permit = upstream.breaker().acquire();
    if (permit == null) {
      refuse(UpstreamErrors.notTried(upstream.breaker().retryAfter()));
      return;
    }
    AccountState.Spent spent =
        exchange.expectsUsage() ? upstream.account().enter(credential) : null;
    if (spent != null) {
      upstream.breaker().undecided(permit);
      refuse(UpstreamErrors.accountSpent(spent));
      return;
    }
    if (attempts == 0) {
      firstNanos = permit.sinceNanos();
    }
    attempts++;
    phase = Phase.TRYING;
    attempt = new Attempt(this, permit);
    attempt.begin();
  }

  /**
   * Has the call made once more, after a pause of at least what was asked for; false where there is
   * no time for that.
   */
  boolean again(@Nullable Duration asked) {
    Duration own = upstream.retries().pause(attempts, ThreadLocalRandom.current());
    Duration pause = asked == null || asked.compareTo(own) < 0 ? own : asked;
    Duration then = Duration.ofNanos(exchange.worker().ticker().nanos() - firstNanos).plus(pause);
    if (!upstream.retries().allows(then)) {
      return false;
    }
    phase = Phase.PAUSING;
    attempt = null;
    within(pause);
    return true;
  }

  @Override
  protected void deadlinePassed() {
    switch (phase) {
      case QUEUED -> refuse(UpstreamErrors.BUSY);
      case TRYING -> {
        if (attempt != null) {
          attempt.deadlinePassed();
        }
      }
      case PAUSING -> attempt();
      case OVER -> {}
    }
  }

  /** The client has gone: the upstream should stop working for it. */
  void cancel() {
    if (phase == Phase.OVER) {
      return;
    }
    over();
    if (attempt != null) {
      attempt.drop();
    }
  }

  void clientWritable() {
    if (attempt != null) {
      attempt.clientWritable();
    }
  }

  /** The client is told why there is no answer. */
  void refuse(ApiError why) {
    over();
    exchange.client().refuse(why);
  }

  /** The call is over, whatever the client still gets. */
  void over() {
    phase = Phase.OVER;
    if (turn != null) {
      turn.giveUp();
      turn = null;
    }
    if (attempt != null) {
      attempt.over();
    }
    deadlines().remove(this);
    if (admitted) {
      admitted = false;
      upstream.limit().exit();
    }
  }

  /** Sets how long the present step may take. */
  void within(Duration limit) {
    deadlines().set(this, limit.toNanos());
  }

  private Deadlines deadlines() {
    return exchange.worker().deadlines();
  }

  Exchange exchange() {
    return exchange;
  }

  Upstream upstream() {
    return upstream;
  }

  /** The upstream as it was when the call began. */
  UpstreamTarget target() {
    return target;
  }

  String uri() {
    return uri;
  }

  Secret credential() {
    return credential;
  }
}
