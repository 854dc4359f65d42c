package dev.tallygate.metrics;

import dev.tallygate.model.Times;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.route.RouteName;
import java.util.EnumMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one event loop counts of all its calls, which shared with the others would have their
 * processors wait for each other. The loop adds, anybody may read.
 */
final class LoopMeters {
  /**
   * Upper bounds of the buckets in seconds. They suit answers of language models: from a refusal's
   * milliseconds to the ten minutes of a long answer in one piece.
   */
  static final double[] BOUNDS = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600
  };

  /** How long the calls of one route take; those that stream apart. */
  record RouteTimes(Times duration, Times upstream, Times firstByte) {
    RouteTimes() {
      this(new Times(BOUNDS), new Times(BOUNDS), new Times(BOUNDS));
    }
  }

  // Filled here, and only read afterwards.
  private final EnumMap<RouteName, RouteTimes> plain = new EnumMap<>(RouteName.class);
  private final EnumMap<RouteName, RouteTimes> streams = new EnumMap<>(RouteName.class);
  private final EnumMap<Outcome, AtomicLong> outcomes = new EnumMap<>(Outcome.class);

  LoopMeters() {
    for (RouteName route : RouteName.values()) {
      plain.put(route, new RouteTimes());
      streams.put(route, new RouteTimes());
    }
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new AtomicLong());
    }
  }

  /** Counts an exchange that has ended. */
  void finished(Exchange exchange) {
    RouteTimes times = times(exchange.route(), exchange.isStream());
    times.duration().add(exchange.elapsedNanos());
    if (exchange.status() != 0) {
      times.firstByte().add(exchange.firstByteNanos());
    }
    if (exchange.upstreamNanos() > 0) {
      times.upstream().add(exchange.upstreamNanos());
    }
    Outcome outcome = exchange.outcome();
    if (outcome != null) {
      AtomicLong count = of(outcomes, outcome);
      count.setRelease(count.getPlain() + 1);
    }
  }

  /** How long the calls of a route took. */
  RouteTimes times(RouteName route, boolean stream) {
    return of(stream ? streams : plain, route);
  }

  /** How many exchanges ended in a way. */
  long ended(Outcome outcome) {
    return of(outcomes, outcome).getAcquire();
  }

  private static <K extends Enum<K>, V> V of(EnumMap<K, V> all, K key) {
    V found = all.get(key);
    if (found == null) {
      throw new IllegalStateException("no meters for " + key);
    }
    return found;
  }
}
