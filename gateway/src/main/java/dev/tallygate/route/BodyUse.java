package dev.tallygate.route;

/** What the gateway does to the body of a call before it is sent on. */
public enum BodyUse {
  /** The chosen model is spliced in. */
  MODEL_SPLICED,
  /**
   * The chosen model is spliced in and, when the call streams, {@code stream_options.include_usage}
   * is merged into what the client sent: without it the stream would carry no usage.
   */
  MODEL_AND_STREAM_OPTIONS_SPLICED,
  /** Nothing is changed; a model that is named is only checked against the key's allow-list. */
  OTHER;

  /** Whether the body has to be a JSON object that takes a model. */
  public boolean splicesModel() {
    return this != OTHER;
  }

  /** Whether a streamed call has to be made to report its usage. */
  public boolean mergesStreamOptions() {
    return this == MODEL_AND_STREAM_OPTIONS_SPLICED;
  }
}
