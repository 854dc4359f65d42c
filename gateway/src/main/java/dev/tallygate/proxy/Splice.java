package dev.tallygate.proxy;

/**
 * One edit of a body: the bytes from {@code start} (inclusive) to {@code end} (exclusive), counted
 * from the body's first byte, give way to others. Immutable; the replacement is not copied.
 */
public final class Splice {
  private final int start;
  private final int end;
  private final byte[] replacement;

  Splice(int start, int end, byte[] replacement) {
    this.start = start;
    this.end = end;
    this.replacement = replacement;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  byte[] replacement() {
    return replacement;
  }

  /** By how many bytes the body grows; negative when it shrinks. */
  int growth() {
    return replacement.length - (end - start);
  }
}
