package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.SvgText;
import java.util.Arrays;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A bar chart, as SVG, of the CPU that a call costs at 64 connections. */
final class Chart {
  private static final int WIDTH = 760;
  private static final int LABELS = 220;
  private static final int BARS = 400;

  /** A bar so many times longer than the shortest is cut off, so that the others can be read. */
  private static final int CUT = 12;

  private static final int ROW = 26;

  private final Formatter out = new Formatter(Locale.ROOT);
  private int y = 28;

  private Chart() {}

  static String of(Plan plan, Machine machine, Samples samples) {
    Chart chart = new Chart();
    chart.panel("CPU of the gateway per plain call, µs", Scenario.PLAIN_64, samples);
    chart.panel("CPU of the gateway per stream of 100 events, µs", Scenario.STREAM_64, samples);
    chart.text(
        16,
        "start",
        "note",
        "64 connections, medians of "
            + plan.rounds()
            + " rounds; lines: least to most; bars with an arrow go on beyond the edge");
    chart.y += 18;
    chart.text(
        16,
        "start",
        "note",
        "%s, %d cores of %s, %s"
            .formatted(machine.date(), machine.cores(), machine.cpu(), machine.kernel()));
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img">
    <style>
      text { font: 13px sans-serif; fill: #1f2933; }
      .head { font-weight: bold; font-size: 15px; }
      .note { font-size: 11px; fill: #52606d; }
      .other { fill: #9fb3c8; }
      .ours { fill: #2f8132; }
      line { stroke: #1f2933; stroke-width: 1.5; }
    </style>
    <rect width="100%%" height="100%%" fill="#ffffff"/>
    %3$s</svg>
    """
        .formatted(WIDTH, chart.y + 14, chart.out);
  }

  private void panel(String title, Scenario scenario, Samples samples) {
    List<Contender> shown =
        Arrays.stream(Contender.values())
            .filter(c -> samples.spread(c, scenario, Sample::cpuMicros).isPresent())
            .toList();
    double least =
        shown.stream()
            .flatMap(c -> samples.spread(c, scenario, Sample::cpuMicros).stream())
            .mapToDouble(Spread::median)
            .min()
            .orElse(1);
    double most =
        shown.stream()
            .flatMap(c -> samples.spread(c, scenario, Sample::cpuMicros).stream())
            .mapToDouble(Spread::max)
            .filter(max -> max <= least * CUT)
            .max()
            .orElse(least);
    text(16, "start", "head", title);
    y += 12;
    for (Contender contender : shown) {
      Optional<Spread> cpu = samples.spread(contender, scenario, Sample::cpuMicros);
      cpu.ifPresent(spread -> bar(contender, spread, BARS / most));
    }
    y += 34;
  }

  private void bar(Contender contender, Spread cpu, double perMicro) {
    double middle = y + ROW / 2.0;
    out.format(
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
        contender.isTallygate() ? "ours" : "other",
        LABELS,
        y + 3,
        Math.min(BARS, cpu.median() * perMicro),
        ROW - 6);
    double end = Math.min(BARS, cpu.max() * perMicro);
    out.format(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
        LABELS + Math.min(BARS, cpu.min() * perMicro), middle, LABELS + end, middle);
    y += ROW - 8;
    text(LABELS - 8, "end", "", contender.title());
    String cut = cpu.max() * perMicro > BARS ? "→ " : "";
    text(
        (int) (LABELS + end) + 8,
        "start",
        "",
        String.format(Locale.ROOT, "%s%.1f", cut, cpu.median()));
    y += 8;
  }

  private void text(int x, String anchor, String style, String text) {
    SvgText.write(out, x, y, anchor, style, text);
  }
}
