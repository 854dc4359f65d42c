package dev.tallygate.benchmarks;

import java.util.Formatter;

/** A label in a picture. */
public final class SvgText {
  private SvgText() {}

  /**
   * Adds one to an SVG file.
   *
   * @param style a class of the file's style sheet
   * @param text as it is to be read
   */
  public static void write(Formatter out, int x, int y, String anchor, String style, String text) {
    out.format(
        "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
        style, x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;"));
  }
}
