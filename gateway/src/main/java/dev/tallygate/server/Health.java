package dev.tallygate.server;

import java.util.List;

/**
 * Whether the gateway can do its work.
 *
 * @param state what {@code /health} answers
 * @param reasons what is wrong, in words for an operator; empty when nothing is
 */
public record Health(State state, List<String> reasons) {
  /** All is well. */
  public static final Health OK = new Health(State.OK, List.of());

  /** In the order of severity. */
  public enum State {
    OK,
    /** Serving, but something needs attention. */
    DEGRADED,
    /** Not able to serve calls. */
    NOT_READY
  }

  /** Copies the list. */
  public Health {
    reasons = List.copyOf(reasons);
  }
}
