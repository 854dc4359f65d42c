package dev.tallygate.model;

/** The wire format of a call; it decides error bodies, credentials and how usage is read. */
public enum ApiFormat {
  OPENAI,
  ANTHROPIC
}
