package dev.tallygate.auth;

/** The key store can say neither that a key exists nor that it does not. */
public final class StoreUnavailableException extends Exception {
  /**
   * The reason in words an operator understands; it reaches logs and {@code /health}, not clients.
   */
  public StoreUnavailableException(String reason) {
    super(reason);
  }

  /** The same, with what caused it. */
  public StoreUnavailableException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
