package dev.tallygate.config;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what was probably meant by a misspelt word. */
public final class Nearest {
  private Nearest() {}

  /**
   * The candidate that the word most likely stands for: few letters away for its length, or one of
   * the two begins the other. Case does not matter.
   */
  public static Optional<String> to(String word, Stream<String> candidates) {
    String given = fold(word);
    int near = Math.min(Math.max(2, given.length() / 3), given.length() - 1);
    return best(
        given,
        candidates.filter(candidate -> {
          String known = fold(candidate);
          return distance(given, known) <= near
              || (given.length() >= 3 && (known.startsWith(given) || given.startsWith(known)));
        }));
  }

  /** The candidate that is the word itself but for case or at most {@code most} letters. */
  static Optional<String> within(int most, String word, Stream<String> candidates) {
    String given = fold(word);
    return best(given, candidates.filter(known -> distance(given, fold(known)) <= most));
  }

  private static Optional<String> best(String given, Stream<String> candidates) {
    return candidates.min(
        (a, b) -> Integer.compare(distance(given, fold(a)), distance(given, fold(b))));
  }

  private static String fold(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  /**
   * Edits between two words: a letter more, less, other, or two neighbours swapped count one each
   * (the restricted Damerau-Levenshtein distance).
   */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(substitution, Math.min(last[j], row[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      beforeLast = last;
      last = row;
    }
    return last[b.length()];
  }
}
