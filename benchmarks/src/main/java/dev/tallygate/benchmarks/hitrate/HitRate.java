package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.benchmarks.MarkedSection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code bin/hit-rate}. Status 64 for a mistake in the command line. */
final class HitRate {
  private static final String USAGE =
      """
      Usage: bin/hit-rate [--out FOLDER]
      Plays made traces of keys to the key cache, to an exact LRU and to the best cache there could
      be, and writes the hit rates to hit-rate.md and hit-rate.svg in FOLDER (docs); some 3 minutes.
      Nothing is timed: the figures are the same in every run.
      """;

  private static final List<Section> SECTIONS =
      List.of(
          new MemberSection(),
          new DaySection(),
          new PassingSection(),
          new ShiftSection(),
          new ZipfSection(),
          new LoopSection(),
          new ScanSection(),
          new FloodSection());

  private HitRate() {}

  /** Arguments: the root of the sources, then {@code bin/hit-rate}'s. */
  public static void main(String... args) throws IOException {
    Locale.setDefault(Locale.ROOT); // figures look the same everywhere
    List<String> given = Arrays.asList(args).subList(1, args.length);
    if (given.equals(List.of("-h")) || given.equals(List.of("--help"))) {
      System.out.print(USAGE);
    } else if (given.isEmpty()) {
      study(Path.of(args[0]).resolve("docs"));
    } else if (given.size() == 2 && given.getFirst().equals("--out")) {
      study(Path.of(given.getLast()));
    } else {
      System.err.println("hit-rate: " + String.join(" ", given) + "?\n\n" + USAGE);
      System.exit(64);
    }
  }

  private static void study(Path folder) throws IOException {
    Files.createDirectories(folder);
    MarkedSection results =
        MarkedSection.read(folder.resolve("hit-rate.md"), "Hit rate", "bin/hit-rate");
    Replay replay = new Replay();
    StringBuilder text = new StringBuilder();
    text.append("![Hit rate over places, and after a shift](hit-rate.svg)\n");
    for (Section section : SECTIONS) {
      String part =
          "\n### %s\n%s\n\n%s".formatted(section.title(), section.how(), section.table(replay));
      System.out.print(part);
      text.append(part);
    }
    results.replace(text.toString());
    Files.writeString(folder.resolve("hit-rate.svg"), Pictures.svg(replay));
    System.out.println("\nWritten: hit-rate.md and hit-rate.svg in " + folder);
  }
}
