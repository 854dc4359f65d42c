package dev.tallygate.benchmarks.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The table of {@code docs/benchmarks/start.md}; the text around it is kept. */
final class Report {
  private static final String BEGIN = "<!-- results: begin, written by bin/start-time -->\n";
  private static final String END = "<!-- results: end -->";

  /** What the first 200 may take, and memory at rest, with the cache. */
  private static final double GOAL_MILLIS = 500;

  private static final double GOAL_MEGABYTES = 150;

  private Report() {}

  static String table(String conditions, Map<Way, List<Start>> starts) {
    String rows =
        Arrays.stream(Way.values())
            .map(way -> row(way, starts.getOrDefault(way, List.of())))
            .collect(Collectors.joining());
    List<Start> restarts = starts.getOrDefault(Way.RESTART, List.of());
    return """
    %s.

    | | first 200, ms: median (shortest–longest) | RSS 2 s later, MB |
    |---|---|---|
    %s
    With the cache, in a folder it has served before: first 200 < 500 ms: %s; RSS < 150 MB: %s.
    """
        .formatted(
            conditions,
            rows,
            reached(median(restarts, Start::millis) < GOAL_MILLIS),
            reached(median(restarts, Start::residentMegabytes) < GOAL_MEGABYTES));
  }

  static void write(Path file, String table) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(file + ": holds no place for results");
    }
    Files.writeString(
        file, text.substring(0, begin + BEGIN.length()) + table + text.substring(end));
  }

  private static String row(Way way, List<Start> starts) {
    return String.format(
        "| %s | %s | %s |%n",
        way.label(), spread(starts, Start::millis), spread(starts, Start::residentMegabytes));
  }

  private static String spread(List<Start> starts, ToDoubleFunction<Start> what) {
    double[] sorted = starts.stream().mapToDouble(what).sorted().toArray();
    return String.format(
        "%,.0f (%,.0f–%,.0f)", median(starts, what), sorted[0], sorted[sorted.length - 1]);
  }

  private static double median(List<Start> starts, ToDoubleFunction<Start> what) {
    double[] sorted = starts.stream().mapToDouble(what).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static String reached(boolean goal) {
    return goal ? "reached" : "**NOT REACHED**";
  }
}
