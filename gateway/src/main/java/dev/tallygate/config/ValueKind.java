package dev.tallygate.config;

import org.jspecify.annotations.Nullable;

/**
 * A kind of value: how it is read from text, and how it is spoken of.
 *
 * @param <T> the value's type
 */
interface ValueKind<T> {
  /** Which texts are allowed, as a phrase after "expected". */
  String allowed();

  /** A word for the value in a synopsis. */
  String placeholder();

  /** The value, or null when the text is not allowed. The text is stripped and not empty. */
  @Nullable T parse(String text);

  /** How a value is shown to people. */
  default String show(T value) {
    return String.valueOf(value);
  }

  /** How a text that is not allowed is shown to people; without credentials. */
  default String showRefused(String text) {
    return text;
  }

  /** What a text that is not allowed probably stands for. */
  default @Nullable String suggest(String text) {
    return null;
  }

  /** Whether values are credentials. */
  default boolean secret() {
    return false;
  }
}
