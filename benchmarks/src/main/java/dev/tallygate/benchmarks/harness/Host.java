package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine and the program. */
public final class Host {
  private static final Pattern RELEASE = Pattern.compile("\\d+(\\.\\d+)+");

  private Host() {}

  /** Both in one line. */
  static String here(Lab lab) throws IOException, InterruptedException {
    String version = lab.run(List.of(lab.program(), "--version"), 30, Map.of()).strip();
    return "%d cores of %s, Linux %s; %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            cpuModel(),
            release(System.getProperty("os.version", "")),
            version);
  }

  /** The commit that the sources are at, and whether they differ from it. */
  static String revision(Lab lab, Path root) throws InterruptedException {
    try {
      String commit = git(lab, root, "rev-parse", "--short", "HEAD");
      // The documents are what a run writes.
      String changes = git(lab, root, "status", "--porcelain", "--", ".", ":(exclude)docs");
      return changes.isEmpty() ? commit : commit + "+changes";
    } catch (IOException e) {
      return "unknown"; // no Git, or no clone
    }
  }

  private static String git(Lab lab, Path root, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
    command.addAll(List.of(arguments));
    return lab.run(command, 30, Map.of()).strip();
  }

  public static String cpuModel() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("an unnamed CPU");
  }

  /** The first thing in a text that looks like a release; what a build adds to it is left out. */
  public static String release(String text) {
    Matcher matcher = RELEASE.matcher(text);
    return matcher.find() ? matcher.group() : "unknown";
  }
}
