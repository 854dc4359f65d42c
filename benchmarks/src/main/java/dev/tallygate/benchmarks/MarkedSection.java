package dev.tallygate.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The part of a document that a command writes, between two comments that say so; the text around
 * it is people's and is kept. A document without the comments gets the part at its end, on a line
 * of its own.
 */
public final class MarkedSection {
  private static final String END = "<!-- results: end -->";

  private final Path file;
  private final String begin;
  private final String before;
  private final String present;
  private final String after;

  private MarkedSection(Path file, String begin, String before, String present, String after) {
    this.file = file;
    this.begin = begin;
    this.before = before;
    this.present = present;
    this.after = after;
  }

  /**
   * Finds it. Where one begins and does not end it is an error, since none could tell what of the
   * text is whose.
   *
   * @param heading of the document, should there be none
   * @param command as people call it
   */
  public static MarkedSection read(Path file, String heading, String command) throws IOException {
    String begin = "<!-- results: begin, written by " + command + " -->";
    String text = Files.exists(file) ? Files.readString(file) : "# " + heading + "\n\n";
    int from = text.indexOf(begin);
    if (from < 0) {
      String before = text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
      return new MarkedSection(file, begin, before, "", "");
    }
    int to = text.indexOf(END, from);
    if (to < 0) {
      throw new IOException(file + ": no \"" + END + "\" follows \"" + begin + "\"");
    }
    return new MarkedSection(
        file,
        begin,
        text.substring(0, from),
        text.substring(from, to),
        text.substring(to + END.length()).stripLeading());
  }

  /** What the command wrote the last time; empty when it never did. */
  public String present() {
    return present;
  }

  /**
   * Writes the document.
   *
   * @param content whole lines
   */
  public void replace(String content) throws IOException {
    String rest = after.isEmpty() ? "" : "\n" + after;
    Files.writeString(file, before + begin + "\n" + content + END + "\n" + rest);
  }
}
