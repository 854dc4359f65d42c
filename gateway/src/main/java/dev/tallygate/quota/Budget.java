package dev.tallygate.quota;

/**
 * What decides whether tokens are left for a call: the arithmetic of admission, and nothing else.
 * Where the numbers come from is not its business, so that a limit can be a share of one that
 * several gateways have.
 *
 * @param limit tokens that may be used in a window
 * @param used tokens that count now
 * @param reserved tokens held for calls that have not ended
 */
record Budget(long limit, long used, long reserved) {
  /** A call's place in it. */
  sealed interface Decision {}

  /** There is room. */
  record Fits(long tokens) implements Decision {}

  /** There is none before usage has fallen below {@code usedBelow}; 0: not even then. */
  record Full(long usedBelow) implements Decision {}

  /** There is none while calls run that may end at any time. */
  record Busy() implements Decision {}

  /** There will never be any. */
  record Never() implements Decision {}

  /** What is neither used nor reserved. */
  long available() {
    return Math.max(0, limit - Counts.plus(used, reserved));
  }

  /**
   * A call fits while anything is available. All of its estimate is held, also where less is left:
   * were it cut to that, each call that ends a little below its estimate would let in another one.
   */
  Decision adaptive(long estimate) {
    return available() > 0 ? new Fits(Math.min(estimate, limit)) : full(limit);
  }

  /**
   * A call fits if all that it can cost is available.
   *
   * @param worstCase at least 1
   */
  Decision strict(long worstCase) {
    if (worstCase > limit) {
      return new Never();
    }
    return worstCase <= available() ? new Fits(worstCase) : full(limit - worstCase + 1);
  }

  /**
   * What has to happen for the call to be admitted, when nothing else does.
   *
   * @param usedBelow what usage has to fall below where nothing is reserved
   */
  private Decision full(long usedBelow) {
    if (used < usedBelow) {
      return new Busy();
    }
    // What is reserved counts as used: most of it will be. Where it is too much by itself, as after
    // the limit was lowered, it has to end first, which takes less time than the window.
    return new Full(reserved < usedBelow ? usedBelow - reserved : usedBelow);
  }
}
