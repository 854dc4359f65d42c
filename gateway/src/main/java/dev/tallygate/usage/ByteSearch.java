package dev.tallygate.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds one of two bytes, eight bytes a step. */
final class ByteSearch {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private ByteSearch() {}

  /**
   * The index of the first {@code one} or {@code other} (both ASCII) in the range, else its end.
   */
  static int find(byte[] bytes, int from, int to, char one, char other) {
    long ones = one * ONES;
    long others = other * ONES;
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) LONGS.get(bytes, i);
      long a = word ^ ones;
      long b = word ^ others;
      // A byte that is zero sets its high bit; only bits above the first true one can be wrong.
      long hits = (((a - ONES) & ~a) | ((b - ONES) & ~b)) & HIGHS;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    while (i < to && bytes[i] != one && bytes[i] != other) {
      i++;
    }
    return i;
  }
}
