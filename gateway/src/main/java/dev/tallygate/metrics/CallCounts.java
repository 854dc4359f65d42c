package dev.tallygate.metrics;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.route.RouteName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Calls of one kind and their tokens. Thread-safe.
 *
 * <p>All of them in one object: with a thousand keys, what counting costs is the memory that has to
 * be fetched for it.
 */
final class CallCounts {
  private static final VarHandle CALLS = handle("calls");
  private static final VarHandle INPUT = handle("input");
  private static final VarHandle CACHE_READ = handle("cacheRead");
  private static final VarHandle CACHE_WRITTEN = handle("cacheWritten");
  private static final VarHandle OUTPUT = handle("output");
  private static final VarHandle ESTIMATED = handle("estimated");

  private final RouteName route;
  private final int status;
  private final String model;

  private volatile long calls;
  private volatile long input;
  private volatile long cacheRead;
  private volatile long cacheWritten;
  private volatile long output;
  private volatile long estimated;

  /**
   * @param status as {@link StatusLabel#bounded} has it
   * @param model empty for calls that used no tokens
   */
  CallCounts(RouteName route, int status, String model) {
    this.route = route;
    this.status = status;
    this.model = model;
  }

  /** Whether they are calls of this kind. */
  boolean are(RouteName ofRoute, int withStatus, String ofModel) {
    return route == ofRoute && status == withStatus && model.equals(ofModel);
  }

  /** Counts a call. */
  void add(TokenUsage usage, long estimatedTokens) {
    CALLS.getAndAdd(this, 1L);
    if (usage.total() > 0) {
      add(INPUT, usage.input());
      add(CACHE_READ, usage.cacheRead());
      add(CACHE_WRITTEN, usage.cacheWritten());
      add(OUTPUT, usage.output());
      add(ESTIMATED, estimatedTokens);
    }
  }

  private void add(VarHandle to, long tokens) {
    if (tokens > 0) {
      to.getAndAdd(this, tokens);
    }
  }

  RouteName route() {
    return route;
  }

  /** The status sent, 0 when the client was gone before, or {@link StatusLabel#OTHER}. */
  int status() {
    return status;
  }

  String model() {
    return model;
  }

  long calls() {
    return calls;
  }

  /** What they used, so far. */
  Tokens tokens() {
    return new Tokens(input, cacheRead, cacheWritten, output, estimated);
  }

  /**
   * Sums of tokens; the words are those of the usage reports.
   *
   * @param input all input, cached included
   * @param cacheRead the part of the input that came from the upstream's prompt cache
   * @param cacheWritten the part of the input that went into it
   * @param output all output; input and output together are what the key is charged
   * @param estimated the part of what was charged that is the gateway's estimate
   */
  record Tokens(long input, long cacheRead, long cacheWritten, long output, long estimated) {
    static final Tokens NONE = new Tokens(0, 0, 0, 0, 0);

    Tokens plus(Tokens other) {
      return new Tokens(
          input + other.input,
          cacheRead + other.cacheRead,
          cacheWritten + other.cacheWritten,
          output + other.output,
          estimated + other.estimated);
    }
  }

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(CallCounts.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
