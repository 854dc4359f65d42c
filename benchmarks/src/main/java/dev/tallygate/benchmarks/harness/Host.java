package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine and the program, in one line. */
final class Host {
  private static final Pattern RELEASE = Pattern.compile("\\d+(\\.\\d+)+");

  private Host() {}

  static String here(Lab lab) throws IOException, InterruptedException {
    String version = lab.run(List.of(lab.program(), "--version"), 30, Map.of()).strip();
    return "%d cores of %s, Linux %s; %s"
        .formatted(Runtime.getRuntime().availableProcessors(), cpuModel(), kernel(), version);
  }

  private static String cpuModel() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("an unnamed CPU");
  }

  /** Without what a vendor adds to it. */
  private static String kernel() {
    Matcher matcher = RELEASE.matcher(System.getProperty("os.version", ""));
    return matcher.find() ? matcher.group() : "unknown";
  }
}
