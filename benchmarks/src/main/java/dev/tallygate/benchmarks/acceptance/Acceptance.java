package dev.tallygate.benchmarks.acceptance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * {@code bin/acceptance}. Status 1 when a criterion is not reached or could not be measured, 64 for
 * a mistake in the command line.
 */
final class Acceptance {
  private static final String USAGE =
      """
      Usage: bin/acceptance [--out FILE] [PART...]
      Measures the gateway against what it must reach, and writes the table to FILE
      (docs/acceptance.md). Parts, all of them unless told:
        concurrent  100, 500 and 1,000 clients at once, with keys in memory and without
        day         a working day, replayed: hit rate, and every token on record
        mixed       reads and calls that are recorded, while the key file is edited
        expiry      keys that expire under load
        eviction    far fewer places than keys
        unknown     a flood of keys that do not exist
        memory      heap in use with 100 keys
        hit         a hit beside reading the file
        lookups     look-ups in the store and their system calls (needs strace)
      """;

  private Acceptance() {}

  /** Arguments: the root of the sources, then {@code bin/acceptance}'s. */
  public static void main(String... args) throws InterruptedException {
    Locale.setDefault(Locale.ROOT); // figures look the same everywhere
    Path root = Path.of(args[0]);
    List<String> given = new ArrayList<>(Arrays.asList(args).subList(1, args.length));
    try {
      if (given.contains("-h") || given.contains("--help")) {
        System.out.print(USAGE);
        return;
      }
      Path out = root.resolve("docs/acceptance.md");
      if (!given.isEmpty() && given.getFirst().equals("--out")) {
        if (given.size() < 2) {
          throw new IllegalArgumentException("--out needs a file");
        }
        out = Path.of(given.get(1));
        given.subList(0, 2).clear();
      }
      List<Trial> trials = given.stream().map(Trial::of).toList();
      System.exit(run(root, out, trials.isEmpty() ? List.of(Trial.values()) : trials) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println("acceptance: " + e.getMessage() + "\n\n" + USAGE);
      System.exit(64);
    } catch (IOException e) {
      System.err.println("acceptance: " + e.getMessage());
      System.exit(1);
    }
  }

  private static boolean run(Path root, Path out, List<Trial> trials)
      throws IOException, InterruptedException {
    boolean reached = true;
    try (Lab lab = new Lab(root)) {
      AcceptanceTable table = AcceptanceTable.read(out, Host.here(lab));
      String today = LocalDate.now(ZoneOffset.UTC).toString();
      for (Trial trial : trials) {
        System.out.println(trial.label() + " ...");
        List<Finding> findings = trial.run(lab);
        for (Finding finding : findings) {
          reached &= finding.reached();
          System.out.printf(
              "  %s: %s%n    %s%n",
              finding.reached() ? "reached" : "NOT REACHED", finding.criterion(), finding.result());
        }
        table.replace(trial, findings, today);
        // After each part, so that a later one that fails takes nothing with it.
        table.write();
      }
      System.out.println("\n" + table.rows());
    }
    System.out.println("Written: " + out);
    return reached;
  }
}
