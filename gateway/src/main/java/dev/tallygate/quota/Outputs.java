package dev.tallygate.quota;

import java.util.OptionalLong;

/**
 * How long a key's latest answers were. Not thread-safe: its key's state guards it.
 *
 * <p>The expected length is one that nine in ten of them do not exceed. An average would be too
 * little for half of the calls; a maximum would hold one long answer against a client for as long
 * as it is remembered.
 */
final class Outputs {
  private static final int REMEMBERED = 32;

  private final int[] latest = new int[REMEMBERED];
  private int size;
  private int next;
  private int expected;

  /** Remembers one more answer, of so many tokens. */
  void add(long tokens) {
    latest[next] = (int) Math.min(tokens, Integer.MAX_VALUE);
    next = (next + 1) % REMEMBERED;
    size = Math.min(size + 1, REMEMBERED);
    expected = exceededBy(size / 10);
  }

  /** The length to expect; empty before the first answer. */
  OptionalLong expected() {
    return size == 0 ? OptionalLong.empty() : OptionalLong.of(expected);
  }

  /** The largest but so many. */
  private int exceededBy(int many) {
    int[] largest = new int[many + 1];
    for (int i = 0; i < size; i++) {
      int value = latest[i];
      for (int rank = 0; rank <= many; rank++) {
        if (value > largest[rank]) {
          int displaced = largest[rank];
          largest[rank] = value;
          value = displaced;
        }
      }
    }
    return largest[many];
  }
}
