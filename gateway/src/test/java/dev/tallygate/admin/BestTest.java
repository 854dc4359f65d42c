package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BestTest {
  private static List<Integer> numbers(int count) {
    return new Random(42).ints(count, 0, 1000).boxed().toList();
  }

  private static Best<Integer> best(int most, List<Integer> all, Comparator<Integer> order) {
    Best<Integer> best = new Best<>(most, order);
    all.forEach(best::add);
    return best;
  }

  @Test
  void first_areThoseOfASort() {
    List<Integer> all = numbers(500);
    for (int most : new int[] {1, 2, 5, 499, 500, 501, Integer.MAX_VALUE}) {
      for (Comparator<Integer> order :
          List.of(Comparator.<Integer>naturalOrder(), Comparator.<Integer>reverseOrder())) {
        assertThat(best(most, all, order).inOrder())
            .isEqualTo(all.stream().sorted(order).limit(most).toList());
      }
    }
    assertThat(best(5, all, Comparator.naturalOrder()).seen()).isEqualTo(500);
    assertThat(best(5, List.of(), Comparator.naturalOrder()).inOrder()).isEmpty();
  }

  @Test
  void few_areFoundWithHardlyMoreComparisonsThanThereAreValues() {
    AtomicInteger comparisons = new AtomicInteger();
    Comparator<Integer> counted =
        (a, b) -> {
          comparisons.incrementAndGet();
          return Integer.compare(a, b);
        };
    assertThat(best(5, numbers(100_000), counted).inOrder()).containsOnly(0);
    // A sort takes some 1,500,000.
    assertThat(comparisons.get()).isLessThan(110_000);
  }
}
