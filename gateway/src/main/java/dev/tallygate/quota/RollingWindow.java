package dev.tallygate.quota;

import org.jspecify.annotations.Nullable;

/**
 * The sum of what was added during the last so many milliseconds.
 *
 * <p>Not thread-safe: its key's state guards it. Times are milliseconds on a clock that does not
 * step; a time before the latest one seen is taken as the latest one.
 */
final class RollingWindow {
  /*
   * Time is cut into buckets of equal width, numbered from the epoch. A bucket counts until its end
   * is as old as the window, so nothing younger than the window is ever left out, and everything is
   * out one bucket's width later at the latest: length whole buckets and the current one, in a ring
   * of length + 1 slots where live buckets never share a slot.
   *
   * Only oldest..newest can be non-zero. Expiry empties slots from the oldest on, so that each
   * bucket is passed once (O(1) amortised; at most one turn of the ring after a long idle time),
   * and an empty window holds no array at all. Counts are ints until one outgrows them: 301 longs
   * for each of 100,000 keys would take nearly the whole of the memory meant for quotas.
   */
  private static final long LARGEST_COUNT = Long.MAX_VALUE / 1_000;

  private final int length;
  private final long bucketMillis;
  private int @Nullable [] narrow;
  private long @Nullable [] wide;
  private long sum;
  private long oldest;
  private long newest;
  private long current = Long.MIN_VALUE;

  private RollingWindow(int length, long bucketMillis) {
    this.length = length;
    this.bucketMillis = bucketMillis;
  }

  /** A window of 5 hours in steps of one minute. */
  static RollingWindow ofTokens() {
    return new RollingWindow((int) QuotaEnforcer.WINDOW.toMinutes(), 60_000);
  }

  /** A window of one minute in steps of one second. */
  static RollingWindow ofRequests() {
    return new RollingWindow(60, 1_000);
  }

  /** Takes the buckets that count. */
  @FunctionalInterface
  interface Sink {
    /** So much was added within the bucket around {@code middleMillis}. */
    void bucket(long middleMillis, long amount);
  }

  /** The longest that anything counts. */
  long longestMillis() {
    return (length + 1) * bucketMillis;
  }

  /** The time that nothing is forgotten for. */
  long millis() {
    return length * bucketMillis;
  }

  /** Adds what is used now. */
  void add(long nowMillis, long amount) {
    advance(nowMillis);
    add(nowMillis, current * bucketMillis, amount);
  }

  /** Adds what was used at {@code usedMillis}; ignored once that has left the window. */
  void add(long nowMillis, long usedMillis, long amount) {
    advance(nowMillis);
    long bucket = Math.min(Math.floorDiv(usedMillis, bucketMillis), current);
    if (amount <= 0 || bucket < current - length) {
      return;
    }
    oldest = sum == 0 ? bucket : Math.min(oldest, bucket);
    newest = sum == 0 ? bucket : Math.max(newest, bucket);
    long before = count(bucket);
    long after = Math.min(before + Math.min(amount, LARGEST_COUNT), LARGEST_COUNT);
    set(bucket, after);
    sum += after - before;
  }

  /** What counts now. */
  long sum(long nowMillis) {
    advance(nowMillis);
    return sum;
  }

  /** When the oldest bucket that counts began; {@code nowMillis} when nothing does. */
  long oldestStart(long nowMillis) {
    advance(nowMillis);
    return sum == 0 ? nowMillis : oldest * bucketMillis;
  }

  /** When the oldest bucket that counts will leave; a window's length away when nothing counts. */
  long oldestLeaves(long nowMillis) {
    advance(nowMillis);
    return sum == 0 ? nowMillis + millis() : leaves(oldest);
  }

  /** When everything that counts will have left; {@code nowMillis} when nothing does. */
  long allLeft(long nowMillis) {
    advance(nowMillis);
    return sum == 0 ? nowMillis : leaves(newest);
  }

  /** When what is added now will leave. */
  long nowLeaves(long nowMillis) {
    advance(nowMillis);
    return leaves(current);
  }

  /** Shows each bucket that counts, oldest first. */
  void forEach(long nowMillis, Sink sink) {
    advance(nowMillis);
    for (long bucket = oldest; sum > 0 && bucket <= newest; bucket++) {
      long amount = count(bucket);
      if (amount > 0) {
        sink.bucket(bucket * bucketMillis + bucketMillis / 2, amount);
      }
    }
  }

  /**
   * When the sum will be below {@code limit} if nothing is added: {@code nowMillis} when it is
   * already, a window's length away when it never can be because the limit is 0.
   */
  long belowAt(long nowMillis, long limit) {
    advance(nowMillis);
    if (limit <= 0) {
      return nowMillis + millis();
    }
    long left = sum;
    long at = nowMillis;
    for (long bucket = oldest; left >= limit; bucket++) {
      left -= count(bucket);
      at = leaves(bucket);
    }
    return at;
  }

  private long leaves(long bucket) {
    return (bucket + 1 + length) * bucketMillis;
  }

  private void advance(long nowMillis) {
    current = Math.max(current, Math.floorDiv(nowMillis, bucketMillis));
    while (sum > 0 && oldest < current - length) {
      sum -= count(oldest);
      set(oldest, 0);
      oldest++;
    }
    if (sum == 0) {
      narrow = null;
      wide = null;
      return;
    }
    while (count(oldest) == 0) {
      oldest++;
    }
  }

  private long count(long bucket) {
    int slot = slot(bucket);
    if (wide != null) {
      return wide[slot];
    }
    return narrow == null ? 0 : narrow[slot];
  }

  private void set(long bucket, long value) {
    int slot = slot(bucket);
    if (wide == null && value > Integer.MAX_VALUE) {
      wide = widened();
      narrow = null;
    }
    if (wide != null) {
      wide[slot] = value;
      return;
    }
    if (narrow == null) {
      narrow = new int[length + 1];
    }
    narrow[slot] = (int) value;
  }

  private long[] widened() {
    long[] copy = new long[length + 1];
    if (narrow != null) {
      for (int i = 0; i < narrow.length; i++) {
        copy[i] = narrow[i];
      }
    }
    return copy;
  }

  private int slot(long bucket) {
    return Math.floorMod(bucket, length + 1);
  }
}
