package dev.tallygate.usage;

/** What a member of a response means to the one who counts its tokens. */
enum Field {
  /** Holds further members of interest and means nothing itself. */
  GROUP,
  /** An object of token counts. */
  USAGE,
  /** The same in what a stream says before it generates: the output has only begun. */
  FIRST_USAGE,
  /** Input tokens; with the cached ones for OpenAI, without them for Anthropic. */
  INPUT,
  /** Output tokens. */
  OUTPUT,
  /** Input and output tokens together. */
  TOTAL,
  /** Input tokens read from the upstream's cache. */
  CACHE_READ,
  /** Input tokens written to the upstream's cache. */
  CACHE_WRITTEN,
  /** The name of a stream's event. */
  TYPE,
  /** The list of what was generated, or the part of it that a chunk carries. */
  CHOICES,
  /** A generated part of a stream that has no choices. */
  DELTA,
  /** A failure told within a stream. */
  ERROR;

  /** Whether the text within is generated content. */
  boolean generated() {
    return this == CHOICES || this == DELTA;
  }
}
