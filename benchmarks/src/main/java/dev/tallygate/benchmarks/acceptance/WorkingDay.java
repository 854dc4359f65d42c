package dev.tallygate.benchmarks.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * The calls of a team's day, in order of time: the same for the same arguments, everywhere.
 *
 * <p>People and agents work in sessions: 30 calls on average, 15 seconds apart on average
 * (geometric, exponential). Sessions begin by a curve over the day, with two peaks, a lunch break
 * and few at night; whose they are is drawn by Zipf's law, so that the first of 100 keys makes a
 * fifth of them. A twentieth of the calls comes with keys that do not exist: each is tried four
 * times within five seconds, and never again.
 */
public final class WorkingDay {
  static final long MILLIS = 86_400_000;

  private static final int[] CURVE = {
    1, 1, 1, 1, 1, 1, 1, 3, 10, 20, 24, 22, 12, 18, 24, 24, 22, 16, 8, 5, 4, 3, 2, 1
  };
  private static final long HOUR_MILLIS = MILLIS / CURVE.length;
  private static final double CALLS_A_SESSION = 30;
  private static final double GAP_MILLIS = 15_000;
  private static final double UNKNOWN = 0.05;
  private static final int TRIES = 4;
  private static final long TRY_MILLIS = 1_600;

  /**
   * A call.
   *
   * @param atMillis since midnight
   * @param key of a known key its number; of an unknown one -1 or less
   */
  public record Visit(long atMillis, int key) {
    /** Whether there is such a key. */
    public boolean known() {
      return key >= 0;
    }
  }

  private final SplittableRandom random;
  private final double[] zipf;
  private final List<Visit> visits = new ArrayList<>();

  private WorkingDay(long seed, int keys) {
    random = new SplittableRandom(seed);
    zipf = new double[keys];
    double sum = 0;
    for (int rank = 0; rank < keys; rank++) {
      sum += 1.0 / (rank + 1);
      zipf[rank] = sum;
    }
  }

  /** About so many calls; what would come after midnight is left out. */
  public static List<Visit> visits(long seed, int keys, int calls) {
    WorkingDay day = new WorkingDay(seed, keys);
    int unknown = (int) (calls * UNKNOWN);
    while (day.visits.size() < calls - unknown) {
      day.session();
    }
    for (int key = 0; key < unknown / TRIES; key++) {
      day.tries(-1 - key);
    }
    day.visits.sort(Comparator.comparingLong(Visit::atMillis).thenComparingInt(Visit::key));
    return List.copyOf(day.visits);
  }

  /** The trace as text: a line for each call, its time and its key. */
  static String text(List<Visit> visits) {
    StringBuilder text = new StringBuilder();
    visits.forEach(v -> text.append(v.atMillis()).append(' ').append(v.key()).append('\n'));
    return text.toString();
  }

  /** CRC-32 of the trace's text. */
  static String checksum(List<Visit> visits) {
    CRC32 crc = new CRC32();
    crc.update(text(visits).getBytes(US_ASCII));
    return "%08x".formatted(crc.getValue());
  }

  private void session() {
    int key = key();
    double at = begin();
    do {
      add(at, key);
      at += exponential(GAP_MILLIS);
    } while (random.nextDouble() >= 1 / CALLS_A_SESSION);
  }

  private void tries(int key) {
    double at = begin();
    for (int i = 0; i < TRIES; i++) {
      add(at + i * TRY_MILLIS, key);
    }
  }

  private void add(double atMillis, int key) {
    if (atMillis < MILLIS) {
      visits.add(new Visit((long) atMillis, key));
    }
  }

  private int key() {
    double drawn = random.nextDouble() * zipf[zipf.length - 1];
    int key = 0;
    while (zipf[key] <= drawn) {
      key++;
    }
    return key;
  }

  private double begin() {
    int sum = 0;
    for (int weight : CURVE) {
      sum += weight;
    }
    int drawn = random.nextInt(sum);
    int hour = 0;
    while (drawn >= CURVE[hour]) {
      drawn -= CURVE[hour++];
    }
    return (hour + random.nextDouble()) * HOUR_MILLIS;
  }

  /** Strictly the same on every machine. */
  private double exponential(double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }
}
