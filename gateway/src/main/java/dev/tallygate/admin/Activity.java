package dev.tallygate.admin;

import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway did in each minute of the last hour. Counts calls of the API, not those of the
 * gateway's own endpoints, which probes would fill it with. Its memory is fixed. Thread-safe.
 */
public final class Activity {
  /** How far it goes back, the present minute included. */
  static final int MINUTES = 60;

  private static final long MINUTE_MILLIS = 60_000;

  private final Ticker ticker;
  private final AtomicReferenceArray<@Nullable Minute> ring = new AtomicReferenceArray<>(MINUTES);

  /** Nothing was done yet. */
  public Activity(Ticker ticker) {
    this.ticker = ticker;
  }

  /** One minute's counts. */
  private static final class Minute {
    final long number;
    final LongAdder requests = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder tokens = new LongAdder();
    final Durations durations = new Durations();

    Minute(long number) {
      this.number = number;
    }
  }

  /**
   * What was done in a minute.
   *
   * @param refused calls that the gateway refused (4xx of its own)
   * @param failed calls that were answered with 5xx, or whose answer broke off
   * @param medianMillis what half of the answered calls did not take longer than, from head to end;
   *     null: there were none
   * @param slowMillis the same of 95 in 100
   */
  record Summary(
      Instant start,
      long requests,
      long refused,
      long failed,
      long tokens,
      @Nullable Double medianMillis,
      @Nullable Double slowMillis) {}

  /** How a call ended. */
  enum Ending {
    GOOD,
    REFUSED,
    FAILED
  }

  /** An exchange has ended; on its event loop. */
  public void finished(Exchange exchange) {
    if (exchange.path().startsWith("/v1/")) {
      boolean answered = exchange.outcome() == Outcome.RELAYED;
      add(ending(exchange), exchange.usage().total(), answered ? exchange.elapsedNanos() : -1);
    }
  }

  private static Ending ending(Exchange exchange) {
    Outcome outcome = exchange.outcome();
    if (exchange.status() >= 500
        || outcome == Outcome.UPSTREAM_BROKEN
        || outcome == Outcome.UNRECORDED) {
      return Ending.FAILED;
    }
    // The upstream's own 4xx is no refusal of ours.
    return exchange.error() != null ? Ending.REFUSED : Ending.GOOD;
  }

  /**
   * Counts a call.
   *
   * @param nanos how long it took to answer; negative: it was not
   */
  void add(Ending ending, long tokens, long nanos) {
    Minute minute = minute(ticker.epochMillis() / MINUTE_MILLIS);
    minute.requests.increment();
    switch (ending) {
      case REFUSED -> minute.refused.increment();
      case FAILED -> minute.failed.increment();
      case GOOD -> {}
    }
    if (tokens > 0) {
      minute.tokens.add(tokens);
    }
    if (nanos >= 0) {
      minute.durations.add(nanos);
    }
  }

  /** The minute's counts; what its place held an hour ago goes. */
  private Minute minute(long number) {
    int place = (int) (number % MINUTES);
    Minute held = ring.get(place);
    while (held == null || held.number < number) {
      Minute fresh = new Minute(number);
      if (ring.compareAndSet(place, held, fresh)) {
        return fresh;
      }
      held = ring.get(place);
    }
    // Of a clock that was set back, the latest minute takes it.
    return held;
  }

  /** The latest minutes, oldest first, those without a call included. */
  List<Summary> latest(int minutes) {
    long now = ticker.epochMillis() / MINUTE_MILLIS;
    List<Summary> all = new ArrayList<>();
    for (long number = now - minutes + 1; number <= now; number++) {
      Minute held = ring.get((int) (number % MINUTES));
      Minute minute = held == null || held.number != number ? new Minute(number) : held;
      all.add(
          new Summary(
              Instant.ofEpochMilli(number * MINUTE_MILLIS),
              minute.requests.sum(),
              minute.refused.sum(),
              minute.failed.sum(),
              minute.tokens.sum(),
              minute.durations.quantile(0.5),
              minute.durations.quantile(0.95)));
    }
    return all;
  }
}
