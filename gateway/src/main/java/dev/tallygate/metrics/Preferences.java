package dev.tallygate.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a client takes, and how gladly: {@code Accept} and its kin (RFC 9110 §12.4.2). Immutable.
 */
final class Preferences {
  private final Map<String, Double> qualities = new HashMap<>();

  /**
   * Reads a header. Of a name with several parameters, such as two versions of a format, the best
   * quality counts; one that cannot be read is taken for 1.
   *
   * @param header its value; empty: it is not there, and nothing is preferred
   */
  Preferences(String header) {
    for (String each : header.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = each.split(";", -1);
      qualities.merge(parts[0].strip(), quality(parts), Math::max);
    }
  }

  private static double quality(String[] parts) {
    return Arrays.stream(parts)
        .skip(1)
        .map(String::strip)
        .filter(parameter -> parameter.matches("q=[01](\\.\\d{0,3})?"))
        .mapToDouble(parameter -> Double.parseDouble(parameter.substring(2)))
        .findFirst()
        .orElse(1);
  }

  /**
   * How gladly something is taken, from 0, not at all, to 1.
   *
   * @param names what it is called, then the wider names that include it: the first that the header
   *     has counts
   */
  double of(String... names) {
    return Arrays.stream(names)
        .filter(qualities::containsKey)
        .mapToDouble(qualities::get)
        .findFirst()
        .orElse(0);
  }
}
