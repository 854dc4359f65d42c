package dev.tallygate.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A page in Prometheus's text format 0.0.4, read strictly: what the format's description forbids
 * fails, as do mistakes that Prometheus forgives and queries stumble over.
 */
public final class ScrapedMetrics {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) (\\S+) (.*)");
  private static final Pattern SAMPLE = Pattern.compile("([^\\s{]+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\n\"])*)\"(?:,|$)");
  private static final Set<String> TYPES =
      Set.of("counter", "gauge", "histogram", "summary", "untyped");

  /** One series: its name and its labels. */
  private record Series(String name, Map<String, String> labels) {}

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, String> helps = new HashMap<>();
  private final Map<Series, Double> samples = new LinkedHashMap<>();

  private ScrapedMetrics() {}

  /**
   * Reads a page.
   *
   * @throws AssertionError that names the line that is wrong
   */
  public static ScrapedMetrics parse(String text) {
    if (!text.endsWith("\n")) {
      throw new AssertionError("the last line has no end");
    }
    ScrapedMetrics page = new ScrapedMetrics();
    String family = "";
    for (String line : text.lines().toList()) {
      try {
        family = page.line(line, family);
      } catch (RuntimeException e) {
        throw new AssertionError("cannot be read: " + line, e);
      }
    }
    page.types.forEach((name, type) -> {
      if (type.equals("histogram")) {
        page.checkHistogram(name);
      }
    });
    return page;
  }

  /** Reads a line; returns the family that the lines after it belong to. */
  private String line(String line, String family) {
    if (line.startsWith("#")) {
      Matcher comment = COMMENT.matcher(line);
      check(comment.matches(), "a comment that says nothing");
      String name = comment.group(2);
      boolean type = comment.group(1).equals("TYPE");
      check(NAME.matcher(name).matches(), "no name");
      check(!type || TYPES.contains(comment.group(3)), "no type");
      check((type ? types : helps).put(name, comment.group(3)) == null, "said twice");
      return name;
    }
    Matcher sample = SAMPLE.matcher(line);
    check(sample.matches(), "no sample");
    String name = sample.group(1);
    String type = types.getOrDefault(family, "");
    check(!type.isEmpty() && helps.containsKey(family), "a sample before its type and help");
    check(belongs(name, family, type), "a sample of another family than " + family);
    Map<String, String> labels = labels(sample.group(2));
    double value = number(sample.group(3));
    check(!type.equals("counter") || value >= 0, "a counter below zero");
    check(samples.put(new Series(name, labels), value) == null, "a series told twice");
    return family;
  }

  private static boolean belongs(String name, String family, String type) {
    return switch (type) {
      case "histogram" -> List.of("_bucket", "_sum", "_count").contains(suffix(name, family));
      case "summary" -> List.of("", "_sum", "_count").contains(suffix(name, family));
      case "counter" -> name.equals(family) && name.endsWith("_total");
      default -> name.equals(family);
    };
  }

  private static String suffix(String name, String family) {
    return name.startsWith(family) ? name.substring(family.length()) : "none";
  }

  private static Map<String, String> labels(@Nullable String text) {
    Map<String, String> labels = new TreeMap<>();
    if (text == null) {
      return labels;
    }
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (label.find() && label.start() == end) {
      String value =
          label.group(2).replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
      check(labels.put(label.group(1), value) == null, "a label told twice");
      end = label.end();
    }
    check(end == text.length(), "labels that cannot be read");
    return labels;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private void checkHistogram(String family) {
    Map<Map<String, String>, Map<Double, Double>> buckets = new HashMap<>();
    samples.forEach((series, value) -> {
      if (series.name().equals(family + "_bucket")) {
        Map<String, String> labels = new TreeMap<>(series.labels());
        double bound = number(Objects.requireNonNull(labels.remove("le")));
        buckets.computeIfAbsent(labels, any -> new TreeMap<>()).put(bound, value);
      }
    });
    buckets.forEach((labels, counts) -> {
      double before = 0;
      for (double count : counts.values()) {
        if (count < before) {
          throw new AssertionError(family + labels + ": buckets that shrink");
        }
        before = count;
      }
      if (!counts.containsKey(Double.POSITIVE_INFINITY)
          || before != samples.getOrDefault(new Series(family + "_count", labels), -1.0)) {
        throw new AssertionError(family + labels + ": the last bucket is not the count");
      }
    });
  }

  private static void check(boolean good, String problem) {
    if (!good) {
      throw new IllegalArgumentException(problem);
    }
  }

  /**
   * The value of the one series that has these labels; labels that it has besides do not matter.
   *
   * @param labels names and values in turn
   */
  public double value(String name, String... labels) {
    List<Double> found =
        samples.entrySet().stream()
            .filter(sample -> sample.getKey().name().equals(name))
            .filter(sample -> has(sample.getKey(), labels))
            .map(Map.Entry::getValue)
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(
          name + List.of(labels) + ": " + found.size() + " series; there are " + ofName(name));
    }
    return found.getFirst();
  }

  /** The sum over the series with these labels; 0 where there are none. */
  public double sum(String name, String... labels) {
    return samples.entrySet().stream()
        .filter(sample -> sample.getKey().name().equals(name) && has(sample.getKey(), labels))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static boolean has(Series series, String... labels) {
    for (int i = 0; i < labels.length; i += 2) {
      if (!labels[i + 1].equals(series.labels().get(labels[i]))) {
        return false;
      }
    }
    return true;
  }

  private String ofName(String name) {
    return samples.keySet().stream()
        .filter(series -> series.name().equals(name))
        .map(series -> series.labels().toString())
        .collect(Collectors.joining(" "));
  }

  /** The values that a label of a metric has. */
  public Set<String> labelValues(String name, String label) {
    Set<String> values = new LinkedHashSet<>();
    for (Series series : samples.keySet()) {
      if (series.name().equals(name) && series.labels().containsKey(label)) {
        values.add(series.labels().get(label));
      }
    }
    return values;
  }

  /** The names of all series, those of a histogram's parts included. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    samples.keySet().forEach(series -> names.add(series.name()));
    return names;
  }

  /** The names of all families, with or without series. */
  public Set<String> families() {
    return types.keySet();
  }

  /** The names of the labels that the series of a metric have. */
  public Set<String> labelNames(String name) {
    Set<String> labels = new HashSet<>();
    for (Series series : samples.keySet()) {
      if (series.name().equals(name)) {
        labels.addAll(series.labels().keySet());
      }
    }
    return labels;
  }
}
