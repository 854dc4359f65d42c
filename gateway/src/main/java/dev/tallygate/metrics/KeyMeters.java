package dev.tallygate.metrics;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.route.RouteName;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one key. Thread-safe.
 *
 * <p>A key calls few routes with few outcomes, and few models: short arrays, which only grow, are
 * searched in a few nanoseconds and without making anything.
 */
final class KeyMeters {
  /** Of one key; more come only of an upstream, or a client, that makes them up. */
  private static final int MOST_REQUEST_KINDS = 64;

  private static final int MOST_MODELS = 20;

  /** Calls of one route that ended with one status; 0 when the client was gone before. */
  record Requests(RouteName route, int status, LongAdder count) {}

  /**
   * Tokens of one model; the words are those of the usage reports.
   *
   * @param input all input, cached included
   * @param cacheRead the part of the input that came from the upstream's prompt cache
   * @param cacheWritten the part of the input that went into it
   * @param output all output; input and output together are what the key is charged
   * @param estimated the part of what was charged that is the gateway's estimate
   */
  record Tokens(
      String model,
      LongAdder input,
      LongAdder cacheRead,
      LongAdder cacheWritten,
      LongAdder output,
      LongAdder estimated) {
    Tokens(String model) {
      this(
          model,
          new LongAdder(),
          new LongAdder(),
          new LongAdder(),
          new LongAdder(),
          new LongAdder());
    }
  }

  private final String label;
  private final BoundedNames modelNames;
  private volatile Requests[] requests = {};
  private volatile Tokens[] tokens = {};

  /**
   * @param label what the key is called
   * @param modelNames those that are called by their name, for all keys
   */
  KeyMeters(String label, BoundedNames modelNames) {
    this.label = label;
    this.modelNames = modelNames;
  }

  /** What the key is called. */
  String label() {
    return label;
  }

  /** Counts a request. */
  void request(RouteName route, int answered) {
    int status = StatusLabel.bounded(answered);
    Requests known = find(route, status);
    (known != null ? known : added(route, status)).count().increment();
  }

  /** Counts what a call used. */
  void used(String model, TokenUsage usage, long estimated) {
    Tokens known = find(model);
    Tokens cell = known != null ? known : counted(nameOf(model));
    add(cell.input(), usage.input());
    add(cell.cacheRead(), usage.cacheRead());
    add(cell.cacheWritten(), usage.cacheWritten());
    add(cell.output(), usage.output());
    add(cell.estimated(), estimated);
  }

  private static void add(LongAdder to, long tokens) {
    if (tokens > 0) {
      to.add(tokens);
    }
  }

  /** What was counted of requests; not to be changed. */
  Requests[] requests() {
    return requests;
  }

  /** What was counted of tokens; not to be changed. */
  Tokens[] tokens() {
    return tokens;
  }

  private @Nullable Requests find(RouteName route, int status) {
    for (Requests each : requests) {
      if (each.route() == route && each.status() == status) {
        return each;
      }
    }
    return null;
  }

  private synchronized Requests added(RouteName route, int status) {
    Requests[] before = requests;
    boolean full = before.length >= MOST_REQUEST_KINDS;
    RouteName countedRoute = full ? RouteName.NONE : route;
    int countedStatus = full ? StatusLabel.OTHER : status;
    Requests known = find(countedRoute, countedStatus);
    if (known != null) {
      return known;
    }
    Requests[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = new Requests(countedRoute, countedStatus, new LongAdder());
    requests = after;
    return after[before.length];
  }

  private @Nullable Tokens find(String model) {
    for (Tokens each : tokens) {
      if (each.model().equals(model)) {
        return each;
      }
    }
    return null;
  }

  private String nameOf(String model) {
    return tokens.length >= MOST_MODELS ? BoundedNames.OTHER : modelNames.of(model);
  }

  /** Without the lock where there is one: calls that share "other" would wait for each other. */
  private Tokens counted(String name) {
    Tokens known = find(name);
    return known != null ? known : added(name);
  }

  private synchronized Tokens added(String wanted) {
    Tokens[] before = tokens;
    String name = before.length >= MOST_MODELS ? BoundedNames.OTHER : wanted;
    Tokens known = find(name);
    if (known != null) {
      return known;
    }
    Tokens[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = new Tokens(name);
    tokens = after;
    return after[before.length];
  }
}
