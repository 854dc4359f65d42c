package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Host;
import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** Where and when a run was made, and with what. */
record Machine(String date, int cores, String cpu, String kernel, Map<String, String> versions) {
  /**
   * @param contenders those that take part
   */
  static Machine here(Lab lab, Path program, Peers peers, Set<Contender> contenders)
      throws IOException, InterruptedException {
    Map<String, String> versions = new LinkedHashMap<>();
    String own = lab.run(List.of(program.toString(), "--version"), 30, Map.of());
    versions.put("Tallygate", own.strip().replace("Tallygate ", ""));
    versions.put("nginx", Host.release(lab.run(List.of("nginx", "-v"), 10, Map.of())));
    if (contenders.contains(Contender.HAPROXY)) {
      versions.put("HAProxy", Host.release(lab.run(List.of("haproxy", "-v"), 10, Map.of())));
    }
    if (contenders.contains(Contender.SPRING_CLOUD_GATEWAY)) {
      versions.put("Spring Cloud Gateway", springCloudGateway(peers));
    }
    if (contenders.contains(Contender.PORTKEY)) {
      String described = Files.readString(peers.portkey().resolveSibling("../package.json"));
      versions.put(
          "Portkey", JsonMapper.shared().readTree(described).path("version").asString("unknown"));
      versions.put("Node", Host.release(lab.run(List.of("node", "--version"), 10, Map.of())));
    }
    if (contenders.contains(Contender.PREDECESSOR_LIKE)) {
      String bun = peers.bun().orElseThrow().toString();
      versions.put("Bun", Host.release(lab.run(List.of(bun, "--version"), 10, Map.of())));
    }
    return new Machine(
        LocalDate.now(ZoneOffset.UTC).toString(),
        Runtime.getRuntime().availableProcessors(),
        Host.cpuModel(),
        "Linux " + Host.release(System.getProperty("os.version", "")),
        versions);
  }

  /** Two lines. */
  String text() {
    return "%s, %d cores of %s, %s%n%s"
        .formatted(
            date,
            cores,
            cpu,
            kernel,
            versions.entrySet().stream()
                .map(version -> version.getKey() + ' ' + version.getValue())
                .collect(Collectors.joining(", ")));
  }

  private static String springCloudGateway(Peers peers) throws IOException {
    try (Stream<Path> libraries = Files.list(peers.springCloudGateway().resolve("lib"))) {
      return libraries
          .map(library -> library.getFileName().toString())
          .filter(name -> name.startsWith("spring-cloud-gateway-server-webflux-"))
          .map(Host::release)
          .findFirst()
          .orElse("unknown");
    }
  }
}
