package dev.tallygate.quota;

/**
 * What is known of a call before it is made.
 *
 * @param countsTokens whether it can use tokens; one that cannot (a listing, a deletion) is held
 *     back only by the limits on requests and concurrency
 */
public record Call(boolean countsTokens) {
  /** A call that uses tokens. */
  public static final Call OF_A_MODEL = new Call(true);

  /** A call that uses none. */
  public static final Call WITHOUT_TOKENS = new Call(false);
}
