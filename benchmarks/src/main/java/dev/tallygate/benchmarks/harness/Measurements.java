package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A command that measures the gateway part by part and writes what it found into a table. Its
 * status is 1 when a criterion is not reached or could not be measured, 64 for a mistake in the
 * command line.
 *
 * @param name of the command, below {@code bin}
 * @param document where the table goes unless told, from the root of the sources
 * @param usage for {@code --help}
 * @param parts all of them, in the order of the table
 */
public record Measurements(String name, String document, String usage, List<? extends Part> parts) {

  /** What is asked for. */
  private record Arguments(Path out, List<? extends Part> wanted) {}

  /** Runs it and ends the process. Arguments: the root of the sources, then the command's own. */
  public void main(String... args) throws InterruptedException {
    Locale.setDefault(Locale.ROOT); // figures look the same everywhere
    Path root = Path.of(args[0]);
    List<String> given = Arrays.asList(args).subList(1, args.length);
    if (given.contains("-h") || given.contains("--help")) {
      System.out.print(usage);
      return;
    }
    Arguments arguments;
    try {
      arguments = arguments(root, given);
    } catch (IllegalArgumentException e) {
      System.err.println(name + ": " + e.getMessage() + "\n\n" + usage);
      System.exit(64);
      return;
    }
    try {
      System.exit(run(root, arguments) ? 0 : 1);
    } catch (IOException e) {
      System.err.println(name + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private Arguments arguments(Path root, List<String> given) {
    Path out = root.resolve(document);
    List<String> labels = given;
    if (!given.isEmpty() && given.getFirst().equals("--out")) {
      if (given.size() < 2) {
        throw new IllegalArgumentException("--out needs a file");
      }
      out = Path.of(given.get(1));
      labels = given.subList(2, given.size());
    }
    return new Arguments(out, labels.isEmpty() ? parts : labels.stream().map(this::part).toList());
  }

  private Part part(String label) {
    for (Part part : parts) {
      if (part.label().equals(label)) {
        return part;
      }
    }
    throw new IllegalArgumentException("no such part: " + label);
  }

  private boolean run(Path root, Arguments arguments) throws IOException, InterruptedException {
    boolean reached = true;
    try (Lab lab = new Lab(root, name)) {
      ResultTable table = ResultTable.read(arguments.out(), Host.here(lab), "bin/" + name, parts);
      String when = LocalDate.now(ZoneOffset.UTC) + ", " + Host.revision(lab, root);
      for (Part part : arguments.wanted()) {
        System.out.println(part.label() + " ...");
        List<Finding> findings = part.run(lab);
        for (Finding finding : findings) {
          reached &= finding.reached();
          System.out.printf(
              "  %s: %s%n    %s%n",
              finding.reached() ? "reached" : "NOT REACHED", finding.criterion(), finding.result());
        }
        table.replace(part, findings, when);
        // After each part, so that a later one that fails takes nothing with it.
        table.write();
      }
      System.out.println("\n" + table.rows());
    }
    System.out.println("Written: " + arguments.out());
    return reached;
  }
}
