package dev.tallygate.benchmarks.keys;

import dev.tallygate.benchmarks.Zipf;
import java.lang.reflect.Array;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * What a million requests present, drawn by Zipf's law with a seed: as many objects as there are
 * keys, none of them one that a cache holds, so that a look-up has to compare contents.
 */
final class Calls<T> {
  /** How many there are before it begins again. */
  static final int COUNT = 1 << 20;

  private static final int MASK = COUNT - 1;

  private final T[] sequence;

  private Calls(T[] sequence) {
    this.sequence = sequence;
  }

  /** {@code what} of the keys from 0 on. */
  static <T> Calls<T> byZipf(int keys, double exponent, Class<T> type, IntFunction<T> what) {
    T[] objects = array(type, keys);
    for (int i = 0; i < keys; i++) {
      objects[i] = what.apply(i);
    }
    Zipf zipf = new Zipf(keys, exponent, new Random(42));
    T[] sequence = array(type, COUNT);
    for (int i = 0; i < COUNT; i++) {
      sequence[i] = objects[zipf.next()];
    }
    return new Calls<>(sequence);
  }

  T next(Caller caller) {
    return sequence[caller.at++ & MASK];
  }

  @SuppressWarnings("unchecked")
  private static <T> T[] array(Class<T> type, int length) {
    return (T[]) Array.newInstance(type, length);
  }
}
