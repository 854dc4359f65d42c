package dev.tallygate.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where and when a run was made, and with what. */
record Machine(String date, int cores, String cpu, String kernel, Map<String, String> versions) {
  private static final Pattern RELEASE = Pattern.compile("\\d+(\\.\\d+)+");

  static Machine here(Lab lab, Path program) throws IOException, InterruptedException {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put(
        "tallygate", lab.run(List.of(program.toString(), "--version"), 30, Map.of()).strip());
    versions.put("nginx", release(lab.run(List.of("nginx", "-v"), 10, Map.of())));
    versions.put("haproxy", release(lab.run(List.of("haproxy", "-v"), 10, Map.of())));
    return new Machine(
        LocalDate.now(ZoneOffset.UTC).toString(),
        Runtime.getRuntime().availableProcessors(),
        cpuModel(),
        "Linux " + release(System.getProperty("os.version", "")),
        versions);
  }

  /** One line. */
  String text() {
    return "%s, %d cores of %s, %s; %s; nginx %s, HAProxy %s"
        .formatted(
            date,
            cores,
            cpu,
            kernel,
            versions.get("tallygate"),
            versions.get("nginx"),
            versions.get("haproxy"));
  }

  private static String cpuModel() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("an unnamed CPU");
  }

  /** The first thing in a text that looks like a release; what a build adds to it is left out. */
  private static String release(String text) {
    Matcher matcher = RELEASE.matcher(text);
    return matcher.find() ? matcher.group() : "unknown";
  }
}
