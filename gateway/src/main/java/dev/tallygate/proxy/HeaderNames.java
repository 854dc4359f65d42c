package dev.tallygate.proxy;

import io.netty.util.AsciiString;

/** A fixed set of header names, which every header that passes is looked up in. Immutable. */
final class HeaderNames {
  private static final int SLOTS_PER_NAME = 4;

  /** Open addressing; the hash is the one that decoded names have computed already. */
  private final AsciiString[] slots;

  private final int mask;

  HeaderNames(AsciiString... names) {
    int size = Integer.highestOneBit(names.length * SLOTS_PER_NAME);
    slots = new AsciiString[size];
    mask = size - 1;
    for (AsciiString name : names) {
      int slot = AsciiString.hashCode(name) & mask;
      while (slots[slot] != null) {
        slot = slot + 1 & mask;
      }
      slots[slot] = name;
    }
  }

  boolean contains(CharSequence name) {
    int slot = AsciiString.hashCode(name) & mask;
    while (slots[slot] != null) {
      if (slots[slot].contentEqualsIgnoreCase(name)) {
        return true;
      }
      slot = slot + 1 & mask;
    }
    return false;
  }
}
