package dev.tallygate.metrics;

import dev.tallygate.metrics.CallCounts.Tokens;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.route.RouteName;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of one key. Thread-safe.
 *
 * <p>A key calls few routes and models, with few outcomes: a short array, which only grows, is
 * searched in a few nanoseconds and without making anything.
 */
final class KeyMeters {
  /** Of one key; more come only of an upstream, or a client, that makes them up. */
  static final int MOST_KINDS = 128;

  private static final int MOST_MODELS = 20;

  private final String label;
  private final BoundedNames modelNames;
  private volatile CallCounts[] counts = {};
  // How many models are among them; written with the lock.
  private volatile int models;

  /** A route and the status of its answers. */
  record Answered(RouteName route, int status) implements Comparable<Answered> {
    @Override
    public int compareTo(Answered other) {
      int byRoute = route.compareTo(other.route);
      return byRoute != 0 ? byRoute : Integer.compare(status, other.status);
    }
  }

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

  /**
   * Counts a call.
   *
   * @param answered the status sent, 0 when the client was gone before
   * @param model told only of calls that used tokens
   */
  void call(RouteName route, int answered, String model, TokenUsage usage, long estimated) {
    int status = StatusLabel.bounded(answered);
    String named = usage.total() > 0 ? model : "";
    CallCounts known = find(route, status, named);
    (known != null ? known : counted(route, status, named)).add(usage, estimated);
  }

  /** How many calls ended with which answer. */
  Map<Answered, Long> calls() {
    Map<Answered, Long> calls = new TreeMap<>();
    for (CallCounts each : counts) {
      calls.merge(new Answered(each.route(), each.status()), each.calls(), Long::sum);
    }
    return calls;
  }

  /** What was used, by model; models that used nothing are left out. */
  Map<String, Tokens> tokens() {
    Map<String, Tokens> tokens = new TreeMap<>();
    for (CallCounts each : counts) {
      Tokens used = each.tokens();
      if (!used.equals(Tokens.NONE)) {
        tokens.merge(each.model(), used, Tokens::plus);
      }
    }
    return tokens;
  }

  private @Nullable CallCounts find(RouteName route, int status, String model) {
    for (CallCounts each : counts) {
      if (each.are(route, status, model)) {
        return each;
      }
    }
    return null;
  }

  /** Without the lock where there are some: calls that share "other" would wait for each other. */
  private CallCounts counted(RouteName route, int status, String model) {
    String name = nameOf(model);
    CallCounts known = find(route, status, name);
    if (known == null && counts.length >= MOST_KINDS) {
      known = find(RouteName.NONE, StatusLabel.OTHER, BoundedNames.OTHER);
    }
    return known != null ? known : added(route, status, name);
  }

  private String nameOf(String model) {
    if (model.isEmpty()) {
      return model;
    }
    return models >= MOST_MODELS && !knows(model) ? BoundedNames.OTHER : modelNames.of(model);
  }

  private boolean knows(String model) {
    return Arrays.stream(counts).anyMatch(each -> each.model().equals(model));
  }

  private synchronized CallCounts added(RouteName route, int status, String model) {
    CallCounts[] before = counts;
    boolean full = before.length >= MOST_KINDS;
    RouteName countedRoute = full ? RouteName.NONE : route;
    int countedStatus = full ? StatusLabel.OTHER : status;
    String countedModel = full ? BoundedNames.OTHER : nameOf(model);
    CallCounts known = find(countedRoute, countedStatus, countedModel);
    if (known != null) {
      return known;
    }
    if (!countedModel.isEmpty() && !knows(countedModel)) {
      models++;
    }
    CallCounts[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = new CallCounts(countedRoute, countedStatus, countedModel);
    counts = after;
    return after[before.length];
  }
}
