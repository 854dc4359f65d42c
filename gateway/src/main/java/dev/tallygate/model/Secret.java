package dev.tallygate.model;

/** A credential that must not be printed: {@link #toString} hides it, {@link #reveal} gives it. */
public final class Secret {
  private final String value;

  /** Wraps a credential as it was configured. */
  public Secret(String value) {
    this.value = value;
  }

  /** The credential itself; only for the wire. */
  public String reveal() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
