package dev.tallygate.app.cli;

/** What a word is coloured by on a terminal. The word alone must say it too. */
public enum Colour {
  NONE(""),
  GOOD("32"),
  WARNING("33"),
  BAD("31"),
  QUIET("2");

  private final String code;

  Colour(String code) {
    this.code = code;
  }

  /** The text as a terminal shows it. */
  public String paint(String text, boolean coloured) {
    return coloured && this != NONE ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
