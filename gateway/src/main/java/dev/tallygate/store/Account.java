package dev.tallygate.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The usage of one key. Thread-safe; its lock is held for a few additions only.
 *
 * <p>Sums are kept per 5 minutes of the wall clock, each under the instant it begins at. An
 * imported window keeps its own beginning, whatever its length. A few parallel arrays, ordered by
 * beginning, grow with use: most keys are idle most of the time.
 */
final class Account {
  static final long STEP_MILLIS = Duration.ofMinutes(5).toMillis();
  static final long WINDOW_MILLIS = Duration.ofHours(5).toMillis();

  private static final long NEVER = Long.MIN_VALUE;

  private long[] starts = new long[4];
  private long[] latest = new long[4];
  private long[] tokens = new long[4];
  private int size;
  private long requests;
  private long lifetimeTokens;
  private long lastUsedMillis = NEVER;

  /** Adds what an entry of the key file brought along. */
  synchronized void take(KeyUsage imported) {
    lifetimeTokens = plus(lifetimeTokens, imported.lifetimeTokens());
    if (imported.lastUsed() != null) {
      lastUsedMillis = Math.max(lastUsedMillis, imported.lastUsed().toEpochMilli());
    }
    for (UsageWindow window : imported.windows()) {
      long start = window.start().toEpochMilli();
      add(start, start, window.tokens());
    }
  }

  /** Adds one call. */
  synchronized void record(long epochMillis, long amount) {
    requests++;
    lifetimeTokens = plus(lifetimeTokens, amount);
    lastUsedMillis = Math.max(lastUsedMillis, epochMillis);
    if (amount > 0) {
      add(Math.floorDiv(epochMillis, STEP_MILLIS) * STEP_MILLIS, epochMillis, amount);
      dropBefore(epochMillis - WINDOW_MILLIS - STEP_MILLIS);
    }
  }

  /** A copy of everything, with the windows that reach into the 5 hours before {@code now}. */
  synchronized KeyUsage usage(long nowMillis) {
    List<UsageWindow> windows = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      if (latest[i] > nowMillis - WINDOW_MILLIS) {
        windows.add(new UsageWindow(Instant.ofEpochMilli(starts[i]), tokens[i]));
      }
    }
    return new KeyUsage(
        requests,
        lifetimeTokens,
        lastUsedMillis == NEVER ? null : Instant.ofEpochMilli(lastUsedMillis),
        windows);
  }

  /**
   * The sums since an instant, oldest first: {@code times[i]} is the latest instant that the sum
   * covers, so that a window rebuilt from it is never short.
   */
  synchronized Sums sumsSince(long epochMillis) {
    int from = 0;
    long[] times = new long[size];
    long[] amounts = new long[size];
    for (int i = 0; i < size; i++) {
      if (latest[i] >= epochMillis) {
        times[from] = latest[i];
        amounts[from++] = tokens[i];
      }
    }
    return new Sums(Arrays.copyOf(times, from), Arrays.copyOf(amounts, from));
  }

  /** Parallel arrays of instants and tokens. */
  static final class Sums {
    final long[] times;
    final long[] amounts;

    Sums(long[] times, long[] amounts) {
      this.times = times;
      this.amounts = amounts;
    }
  }

  private void add(long start, long at, long amount) {
    int i = size;
    while (i > 0 && starts[i - 1] > start) {
      i--;
    }
    if (i > 0 && starts[i - 1] == start) {
      tokens[i - 1] = plus(tokens[i - 1], amount);
      latest[i - 1] = Math.max(latest[i - 1], at);
      return;
    }
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      latest = Arrays.copyOf(latest, 2 * size);
      tokens = Arrays.copyOf(tokens, 2 * size);
    }
    System.arraycopy(starts, i, starts, i + 1, size - i);
    System.arraycopy(latest, i, latest, i + 1, size - i);
    System.arraycopy(tokens, i, tokens, i + 1, size - i);
    starts[i] = start;
    latest[i] = at;
    tokens[i] = amount;
    size++;
  }

  private void dropBefore(long epochMillis) {
    int gone = 0;
    while (gone < size && latest[gone] < epochMillis) {
      gone++;
    }
    if (gone > 0) {
      size -= gone;
      System.arraycopy(starts, gone, starts, 0, size);
      System.arraycopy(latest, gone, latest, 0, size);
      System.arraycopy(tokens, gone, tokens, 0, size);
    }
  }

  private static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
