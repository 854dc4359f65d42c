package dev.tallygate.keys;

import java.util.List;

/** Fields that cannot be taken, with every mistake. Stackless: it is an answer, not a bug. */
public final class BadFieldsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<FieldError> errors;

  BadFieldsException(List<FieldError> errors) {
    super("fields: " + errors, null, false, false);
    this.errors = List.copyOf(errors);
  }

  /** One at least. */
  public List<FieldError> errors() {
    return errors;
  }
}
