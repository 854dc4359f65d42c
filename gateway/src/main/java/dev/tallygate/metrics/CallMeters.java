package dev.tallygate.metrics;

import dev.tallygate.metrics.LoopMeters.RouteTimes;
import dev.tallygate.model.Times;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.proxy.Worker;
import dev.tallygate.route.RouteName;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Counts finished requests. Called once for each, on its event loop: it looks its meters up and
 * adds, and makes nothing but the meters of what it has not seen before. Thread-safe.
 */
public final class CallMeters {
  private final KeyTable keys;
  private final ConcurrentHashMap<Worker, LoopMeters> loops = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Errors> errors = new ConcurrentHashMap<>();

  /** Answers that were errors of the gateway's own, by their reason; each has one code. */
  record Errors(String code, String reason, LongAdder count) {}

  /**
   * @param maxKeys so many keys are told apart; 0: none
   */
  public CallMeters(int maxKeys) {
    this.keys = new KeyTable(maxKeys);
  }

  /** Counts an exchange that has ended. */
  public void finished(Exchange exchange) {
    String model = exchange.model();
    keys.of(exchange.key())
        .call(
            exchange.route(),
            exchange.status(),
            model == null ? "" : model,
            exchange.usage(),
            exchange.estimatedTokens());
    loop(exchange.worker()).finished(exchange);
    ApiError error = exchange.error();
    if (error != null) {
      errors(error).count().increment();
    }
  }

  private LoopMeters loop(Worker worker) {
    LoopMeters known = loops.get(worker);
    return known != null ? known : loops.computeIfAbsent(worker, any -> new LoopMeters());
  }

  /** Of a fixed few: the reasons that the gateway has for its own errors. */
  private Errors errors(ApiError error) {
    Errors known = errors.get(error.reason());
    return known != null
        ? known
        : errors.computeIfAbsent(
            error.reason(), reason -> new Errors(error.code(), reason, new LongAdder()));
  }

  /** How long the calls of a route took, on all loops. */
  Times times(RouteName route, boolean stream, Function<RouteTimes, Times> which) {
    Times all = new Times(LoopMeters.BOUNDS);
    loops.values().forEach(loop -> all.addAll(which.apply(loop.times(route, stream))));
    return all;
  }

  /** What was counted by key. */
  KeyTable keys() {
    return keys;
  }

  /** How many exchanges ended in a way, on all loops. */
  long ended(Outcome outcome) {
    return loops.values().stream().mapToLong(loop -> loop.ended(outcome)).sum();
  }

  /** How many answers were errors of the gateway's own. */
  Collection<Errors> errors() {
    return errors.values();
  }
}
