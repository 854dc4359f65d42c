package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.Zipf;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * Calls in order, each the number of its key; keys that do not exist are below 0. The same for the
 * same arguments.
 */
final class Traces {
  private Traces() {}

  /** Each key in proportion to its rank's {@code 1 / r^skew}, each call for itself. */
  static int[] zipf(int keys, double skew, int calls, long seed) {
    return drawn(calls, new Zipf(keys, skew, new Random(seed))::next);
  }

  /** The keys from 0 on in turn, again and again. */
  static int[] loop(int keys, int calls) {
    return IntStream.range(0, calls).map(at -> at % keys).toArray();
  }

  /**
   * Zipf's traffic, and after so many of its calls a scan: each of other keys once, so many between
   * one call of the traffic and the next.
   */
  static int[] scan(int[] traffic, int after, int scanned, int between, int firstScanned) {
    int[] calls = new int[traffic.length + scanned];
    int to = 0;
    int next = 0;
    for (int at = 0; at < traffic.length; at++) {
      for (int i = 0; at >= after && i < between && next < scanned; i++) {
        calls[to++] = firstScanned + next++;
      }
      calls[to++] = traffic[at];
    }
    return calls;
  }

  /** Before each call of the traffic so many with keys that do not exist, each another. */
  static int[] flood(int[] traffic, int between) {
    int[] calls = new int[traffic.length * (between + 1)];
    int unknown = 0;
    for (int at = 0; at < calls.length; at++) {
      boolean known = at % (between + 1) == between;
      calls[at] = known ? traffic[at / (between + 1)] : --unknown;
    }
    return calls;
  }

  /**
   * Keys that come, call so many times and never again: so many of them are there at any time, and
   * which of them calls next is drawn.
   */
  static int[] passing(int atOnce, int callsEach, int calls, long seed) {
    Random random = new Random(seed);
    int[] present = IntStream.range(0, atOnce).toArray();
    // Not in step: those who are there at first are somewhere in their calls.
    int[] left = IntStream.range(0, atOnce).map(i -> 1 + random.nextInt(callsEach)).toArray();
    int[] fresh = {atOnce};
    return drawn(
        calls,
        () -> {
          int who = random.nextInt(atOnce);
          if (left[who] == 0) {
            present[who] = fresh[0]++;
            left[who] = callsEach;
          }
          left[who]--;
          return present[who];
        });
  }

  /** Zipf's traffic in which, after so many calls, the most asked for becomes the least. */
  static int[] shift(int keys, double skew, int calls, int after, long seed) {
    Zipf zipf = new Zipf(keys, skew, new Random(seed));
    int[] reversed = new int[keys];
    for (int rank = 0; rank < keys; rank++) {
      reversed[zipf.item(rank)] = zipf.item(keys - 1 - rank);
    }
    int[] trace = drawn(calls, zipf::next);
    for (int at = after; at < calls; at++) {
      trace[at] = reversed[trace[at]];
    }
    return trace;
  }

  /**
   * Traffic into which new keys come, one after the other: each calls so many times, with so many
   * calls of the traffic before each of its own, and never again.
   */
  static int[] members(int[] traffic, int after, int callsEach, int between, int firstMember) {
    int joined = (traffic.length - after) / between;
    int[] calls = new int[traffic.length + joined];
    int to = 0;
    int made = 0;
    for (int at = 0; at < traffic.length; at++) {
      calls[to++] = traffic[at];
      if (at >= after && (at - after + 1) % between == 0) {
        calls[to++] = firstMember + made++ / callsEach;
      }
    }
    return calls;
  }

  private static int[] drawn(int calls, IntSupplier draw) {
    return IntStream.generate(draw).limit(calls).toArray();
  }
}
