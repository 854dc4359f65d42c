package dev.tallygate.config;

import org.jspecify.annotations.Nullable;

/**
 * Something in the configuration that a person has to mend.
 *
 * @param subject the variable's or flag's name, or a place in a file
 * @param value what it was set to, masked if it may be secret; null when the value is beside the
 *     point
 * @param origin where it was set; null when the subject says it
 * @param problem what is wrong, or what is expected
 * @param suggestion what was probably meant, or null
 */
public record Mistake(
    String subject,
    @Nullable String value,
    @Nullable String origin,
    String problem,
    @Nullable String suggestion) {
  private static final int SHOWN = 100;

  /** One line: {@code PORT=80000 (environment): expected a whole number from 0 to 65535}. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(printable(subject));
    if (value != null) {
      line.append('=').append(printable(value));
    }
    if (origin != null) {
      line.append(" (").append(origin).append(')');
    }
    line.append(": ").append(problem);
    if (suggestion != null) {
      line.append("; did you mean ").append(printable(suggestion)).append('?');
    }
    return line.toString();
  }

  /** What people wrote, kept to one line of bounded length. */
  private static String printable(String text) {
    String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    StringBuilder out = new StringBuilder(shown.length());
    shown.chars().forEach(c -> out.append(Character.isISOControl(c) ? '?' : (char) c));
    return out.toString();
  }
}
