package dev.tallygate.metrics;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.route.RouteName;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts finished requests. Called once for each, on its event loop: it looks its meters up and
 * adds, and makes nothing but the meters of what it has not seen before. Thread-safe.
 */
public final class CallMeters {
  /** How long the calls of one route take; those that stream apart. */
  record RouteTimes(Times duration, Times upstream, Times firstByte) {
    RouteTimes() {
      this(new Times(Times.CALLS), new Times(Times.CALLS), new Times(Times.CALLS));
    }
  }

  private final KeyTable keys;
  // Filled here, and only read afterwards.
  private final EnumMap<RouteName, RouteTimes> plain = new EnumMap<>(RouteName.class);
  private final EnumMap<RouteName, RouteTimes> streams = new EnumMap<>(RouteName.class);
  private final EnumMap<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
  private final ConcurrentHashMap<String, LongAdder> errors = new ConcurrentHashMap<>();

  /**
   * @param maxKeys so many keys are told apart; 0: none
   */
  public CallMeters(int maxKeys) {
    this.keys = new KeyTable(maxKeys);
    for (RouteName route : RouteName.values()) {
      plain.put(route, new RouteTimes());
      streams.put(route, new RouteTimes());
    }
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new LongAdder());
    }
  }

  /** Counts an exchange that has ended. */
  public void finished(Exchange exchange) {
    KeyMeters key = keys.of(exchange.key());
    key.request(exchange.route(), exchange.status());
    TokenUsage usage = exchange.usage();
    if (usage.total() > 0) {
      String model = exchange.model();
      key.used(model == null ? "" : model, usage, exchange.estimatedTokens());
    }
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
      of(outcomes, outcome).increment();
    }
    String error = exchange.error();
    if (error != null) {
      error(error).increment();
    }
  }

  /** Of a fixed few: the codes that the gateway has for its own errors. */
  private LongAdder error(String code) {
    LongAdder known = errors.get(code);
    return known != null ? known : errors.computeIfAbsent(code, any -> new LongAdder());
  }

  /** How long the calls of a route took. */
  RouteTimes times(RouteName route, boolean stream) {
    return of(stream ? streams : plain, route);
  }

  private static <K extends Enum<K>, V> V of(EnumMap<K, V> all, K key) {
    V found = all.get(key);
    if (found == null) {
      throw new IllegalStateException("no meters for " + key);
    }
    return found;
  }

  /** What was counted by key. */
  KeyTable keys() {
    return keys;
  }

  /** How many exchanges ended in a way. */
  long ended(Outcome outcome) {
    return of(outcomes, outcome).sum();
  }

  /** How many answers were errors of the gateway's own, by their code. */
  Map<String, LongAdder> errors() {
    return errors;
  }
}
