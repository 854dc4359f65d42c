package dev.tallygate.model;

/**
 * Text that others have written, as one line of a terminal or a log can show it: control characters
 * are {@code ?}. Stateless.
 */
public final class Printable {
  private static final int MOST = 80;

  private Printable() {}

  /** All of it. */
  public static String line(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.chars().forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
    return shown.toString();
  }

  /** At most its first 80 characters, and {@code …} for the rest. */
  public static String brief(String text) {
    if (text.length() <= MOST) {
      return line(text);
    }
    int end = Character.isHighSurrogate(text.charAt(MOST - 1)) ? MOST - 1 : MOST;
    return line(text.substring(0, end)) + "…";
  }
}
