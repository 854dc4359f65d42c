package dev.tallygate.benchmarks.hitrate;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Bélády's optimum: the most hits that any cache of so many places could have, since it knows what
 * comes. Whose next call is farthest off goes, or is not let in.
 */
final class Optimum {
  private static final int NEVER = Integer.MAX_VALUE;

  /** A key that is held, and where its next call is. */
  private record Held(int key, int next) {}

  private Optimum() {}

  /** The calls that are answered from memory. */
  static BitSet hits(int[] keys, int places) {
    int[] next = nextCalls(keys);
    BitSet hits = new BitSet(keys.length);
    Set<Integer> held = new HashSet<>();
    // Of a key that is held, all entries but the newest are past, and so never come out first
    // before one that is not.
    PriorityQueue<Held> farthest =
        new PriorityQueue<>((a, b) -> Integer.compare(b.next(), a.next()));
    for (int at = 0; at < keys.length; at++) {
      hits.set(at, !held.add(keys[at]));
      farthest.add(new Held(keys[at], next[at]));
      if (held.size() > places) {
        held.remove(farthest.remove().key());
      }
    }
    return hits;
  }

  private static int[] nextCalls(int[] keys) {
    int[] next = new int[keys.length];
    Arrays.fill(next, NEVER);
    Map<Integer, Integer> last = new HashMap<>();
    for (int at = 0; at < keys.length; at++) {
      Integer before = last.put(keys[at], at);
      if (before != null) {
        next[before] = at;
      }
    }
    return next;
  }
}
