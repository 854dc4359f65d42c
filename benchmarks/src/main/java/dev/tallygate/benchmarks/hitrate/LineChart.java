package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.SvgText;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/** Panels of lines, as SVG: hits in percent over whatever each panel's horizontal axis is. */
final class LineChart {
  private static final int WIDTH = 760;
  private static final int LEFT = 60;
  private static final int RIGHT = 560;
  private static final int HEIGHT = 240;

  /** A line; as many values as places on the horizontal axis. */
  record Line(String name, String style, List<Double> percents) {}

  private final Formatter out = new Formatter(Locale.ROOT);
  private int top = 46;

  /**
   * Adds a panel below the others.
   *
   * @param ticks the values on the horizontal axis, the same distance apart; an empty one has no
   *     label
   */
  void panel(String title, String axis, List<String> ticks, List<Line> lines) {
    int bottom = top + HEIGHT;
    text(16, top - 22, "start", "head", title);
    for (int percent = 0; percent <= 100; percent += 20) {
      out.format(
          "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>%n",
          LEFT, y(percent), RIGHT, y(percent));
      text(LEFT - 8, (int) y(percent) + 4, "end", "note", percent + " %");
    }
    for (int i = 0; i < ticks.size(); i++) {
      text((int) x(i, ticks.size()), bottom + 18, "middle", "note", ticks.get(i));
    }
    text((LEFT + RIGHT) / 2, bottom + 38, "middle", "note", axis);
    for (int i = 0; i < lines.size(); i++) {
      line(lines.get(i), top + 20 + 24 * i);
    }
    top = bottom + 96;
  }

  private void line(Line line, int legend) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < line.percents().size(); i++) {
      points.append(
          "%.1f,%.1f ".formatted(x(i, line.percents().size()), y(line.percents().get(i))));
    }
    out.format("<polyline class=\"%s\" points=\"%s\"/>%n", line.style(), points.toString().strip());
    out.format(
        "<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>%n",
        line.style(), RIGHT + 20, legend, RIGHT + 50, legend);
    text(RIGHT + 58, legend + 4, "start", "", line.name());
  }

  private static double x(int at, int of) {
    return LEFT + (double) (RIGHT - LEFT) * at / (of - 1);
  }

  private double y(double percent) {
    return top + HEIGHT * (1 - percent / 100);
  }

  private void text(int x, int y, String anchor, String style, String text) {
    SvgText.write(out, x, y, anchor, style, text);
  }

  /** The whole file. It brings its own background, so that it can be read on any page. */
  String svg() {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img">
    <style>
      text { font: 13px sans-serif; fill: #1f2933; }
      .head { font-weight: bold; font-size: 15px; }
      .note { font-size: 11px; fill: #52606d; }
      .grid { stroke: #d9e2ec; stroke-width: 1; }
      .ours, .lru, .best { fill: none; stroke-width: 2.5; }
      .ours { stroke: #2f8132; }
      .lru { stroke: #9c5a00; stroke-dasharray: 7 4; }
      .best { stroke: #627d98; stroke-dasharray: 2 3; }
    </style>
    <rect width="100%%" height="100%%" fill="#ffffff"/>
    %3$s</svg>
    """
        .formatted(WIDTH, top - 46, out);
  }
}
