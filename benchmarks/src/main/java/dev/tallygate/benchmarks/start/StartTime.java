package dev.tallygate.benchmarks.start;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** {@code bin/start-time}. Status 64 for a mistake in the command line. */
final class StartTime {
  private static final String USAGE =
      """
      Usage: bin/start-time [ROUNDS]
      Measures the time from the start of the launcher to the first 200 of a chat completion, and the
      memory two seconds later, with the AOT cache and without, in turn, in so many rounds (7), and
      writes docs/benchmarks/start.md.
      """;

  private static final int ROUNDS = 7;

  private StartTime() {}

  /** Arguments: the root of the sources, what {@code --version} says, then the command's. */
  public static void main(String... args) throws InterruptedException {
    Locale.setDefault(Locale.ROOT); // figures look the same everywhere
    Path root = Path.of(args[0]);
    List<String> given = Arrays.asList(args).subList(2, args.length);
    if (given.contains("-h") || given.contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    try {
      int rounds = rounds(given);
      String table = Report.table(conditions(args[1], rounds), measure(root, rounds));
      System.out.print(table);
      Report.write(root.resolve("docs/benchmarks/start.md"), table);
    } catch (IllegalArgumentException e) {
      System.err.println("start-time: " + e.getMessage() + "\n\n" + USAGE);
      System.exit(64);
    } catch (IOException e) {
      System.err.println("start-time: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0); // whatever threads the upstream leaves
  }

  private static int rounds(List<String> given) {
    if (given.isEmpty()) {
      return ROUNDS;
    }
    if (given.size() > 1 || !given.getFirst().matches("[1-9]\\d{0,3}")) {
      throw new IllegalArgumentException("not a number of rounds: " + String.join(" ", given));
    }
    return Integer.parseInt(given.getFirst());
  }

  /** The ways in turn, and each round in the opposite order of the one before. */
  private static Map<Way, List<Start>> measure(Path root, int rounds)
      throws IOException, InterruptedException {
    Map<Way, List<Start>> starts = new EnumMap<>(Way.class);
    List<Way> order = new ArrayList<>(List.of(Way.values()));
    Path folder = Files.createTempDirectory("tallygate-start-");
    try (Starter starter = new Starter(root.resolve("tallygate"))) {
      Path served = newFolder(folder);
      starter.start(served, ""); // makes the ledger, and warms the upstream here
      for (int round = 0; round < rounds; round++) {
        for (Way way : order) {
          Path data = way.servedBefore() ? served : newFolder(folder);
          Start start = starter.start(data, way.javaOptions());
          System.out.printf(
              "%s: %.0f ms, %.0f MB%n", way.label(), start.millis(), start.residentMegabytes());
          starts.computeIfAbsent(way, w -> new ArrayList<>()).add(start);
        }
        Collections.reverse(order);
      }
    } finally {
      remove(folder);
    }
    return starts;
  }

  private static Path newFolder(Path parent) throws IOException {
    Path folder = Files.createTempDirectory(parent, "data-");
    Starter.writeKeys(folder);
    return folder;
  }

  private static String conditions(String version, int rounds) throws IOException {
    String cpu =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("an unnamed CPU");
    return "%s, %d cores of %s; %s; %d rounds"
        .formatted(
            LocalDate.now(ZoneOffset.UTC),
            Runtime.getRuntime().availableProcessors(),
            cpu,
            version,
            rounds);
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Left behind: " + folder + " (" + e.getMessage() + ")");
    }
  }
}
