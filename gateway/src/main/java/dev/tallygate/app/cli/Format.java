package dev.tallygate.app.cli;

import java.util.Locale;

/** How a command writes what it has to say. */
public enum Format {
  /** For people: aligned text. */
  TABLE,
  /** For scripts: one JSON value. */
  JSON;

  /** As it is given on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
