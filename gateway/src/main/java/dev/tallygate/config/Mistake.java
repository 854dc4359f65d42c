package dev.tallygate.config;

import dev.tallygate.model.Printable;
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
  /** One line: {@code PORT=80000 (environment): expected a whole number from 0 to 65535}. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(Printable.brief(subject));
    if (value != null) {
      line.append('=').append(Printable.brief(value));
    }
    if (origin != null) {
      line.append(" (").append(origin).append(')');
    }
    line.append(": ").append(problem);
    if (suggestion != null) {
      line.append("; did you mean ").append(Printable.brief(suggestion)).append('?');
    }
    return line.toString();
  }
}
