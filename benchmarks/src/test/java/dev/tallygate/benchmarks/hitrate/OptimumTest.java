package dev.tallygate.benchmarks.hitrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class OptimumTest {
  @Test
  void keyThatIsNeededSooner_stays() {
    // With one place, 1 is kept over 2 and 3, whose next calls are farther off.
    assertThat(Optimum.hits(new int[] {1, 2, 1, 3, 1, 2}, 1)).isEqualTo(bits(2, 4));
  }

  @Test
  void asManyPlacesAsKeys_missEachOnce() {
    assertThat(Optimum.hits(new int[] {1, 2, 3, 3, 2, 1}, 3)).isEqualTo(bits(3, 4, 5));
  }

  @Test
  void noCalls_noHits() {
    assertThat(Optimum.hits(new int[0], 3).isEmpty()).isTrue();
  }

  @Test
  void neverWorseThanExactLru() {
    for (long seed = 1; seed <= 20; seed++) {
      int[] calls = Traces.zipf(50, 0.8, 2_000, seed);
      ExactLru lru = new ExactLru(10, 1, () -> 0);
      int hits = 0;
      for (int key : calls) {
        hits += lru.call(key) ? 1 : 0;
      }
      assertThat(Optimum.hits(calls, 10).cardinality()).isGreaterThan(hits);
    }
  }

  private static BitSet bits(int... set) {
    BitSet bits = new BitSet();
    for (int at : set) {
      bits.set(at);
    }
    return bits;
  }
}
