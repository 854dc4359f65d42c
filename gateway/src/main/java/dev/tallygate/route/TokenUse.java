package dev.tallygate.route;

/** Which tokens a call can use, and by which member its client bounds what is generated. */
public enum TokenUse {
  /** None: it looks something up, keeps something, or has tokens counted. */
  NONE,
  /** What it sends; nothing is generated. */
  INPUT,
  /** Both; at most {@code max_tokens} for an answer. */
  MAX_TOKENS,
  /** Both; at most {@code max_tokens} or, by its newer name, {@code max_completion_tokens}. */
  MAX_COMPLETION_TOKENS,
  /** Both; at most {@code max_output_tokens}. */
  MAX_OUTPUT_TOKENS,
  /** Perhaps both, in a form that the gateway does not know. */
  UNKNOWN;

  /** Whether a successful answer has to tell what was used. */
  public boolean isTold() {
    return this != NONE && this != UNKNOWN;
  }
}
