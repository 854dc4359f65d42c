package dev.tallygate.usage;

import java.util.Arrays;

/**
 * A short text gathered from the parts in which it arrives, to be compared with known names. What
 * is longer than any known name is not kept and equals none of them.
 */
final class ShortText {
  private static final int CAPACITY = 32;

  private final byte[] bytes = new byte[CAPACITY];
  private int length;

  void clear() {
    length = 0;
  }

  void append(byte[] from, int start, int end) {
    int count = end - start;
    if (count > CAPACITY - length) {
      length = CAPACITY;
      return;
    }
    for (int i = 0; i < count; i++) {
      bytes[length + i] = from[start + i];
    }
    length += count;
  }

  boolean isEmpty() {
    return length == 0;
  }

  /** Where it is gathered; only the first {@link #length} count. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Makes it equal no known name. */
  void spoil() {
    length = CAPACITY;
  }

  /** Whether it is this name, of fewer than 32 bytes. */
  boolean is(byte[] name) {
    return length == name.length && Arrays.equals(bytes, 0, length, name, 0, length);
  }
}
