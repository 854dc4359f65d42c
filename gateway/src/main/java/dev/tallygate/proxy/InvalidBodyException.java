package dev.tallygate.proxy;

/**
 * A request body that cannot be forwarded. The message is for the client: what is wrong, where, and
 * what to do; it quotes nothing of the body. Stackless: it tells of the client's mistake, not ours.
 */
public final class InvalidBodyException extends Exception {
  private final String message;

  InvalidBodyException(String message) {
    super(message, null, false, false);
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
