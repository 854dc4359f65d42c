package dev.tallygate.route;

import java.util.List;

/** The model a call is made with. */
public sealed interface ModelChoice {
  /** The call is made with {@code model}. */
  record Chosen(String model) implements ModelChoice {}

  /** The client asked for a model that its key may not use. */
  record NotAllowed(String requested, List<String> allowed) implements ModelChoice {
    /** Copies the list. */
    public NotAllowed {
      allowed = List.copyOf(allowed);
    }
  }

  /** The choice is the client's, and it named no model. */
  record NoModel() implements ModelChoice {}
}
