package dev.tallygate.benchmarks.compare;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What other gateways run from. {@code ./bench} has installed it before, where it could: below
 * {@code target/bench} what npm and Maven brought, on the path what the system has.
 */
final class Peers {
  private final Path sources;
  private final Path installed;

  /**
   * @param root of the source tree
   */
  Peers(Path root) {
    sources = root.resolve("benchmarks/compare");
    installed = root.resolve("target/bench");
  }

  /** What a contender cannot run without and does not have, for people; nothing when it can run. */
  Optional<String> missing(Contender contender) {
    return switch (contender) {
      case HAPROXY -> unless(onPath("haproxy"), "haproxy");
      case SPRING_CLOUD_GATEWAY ->
          unless(Files.exists(springCloudGateway().resolve(".complete")), "its build by Maven");
      case PORTKEY ->
          unless(onPath("node") && Files.exists(portkey()), "node, or its package from npm");
      case PREDECESSOR_LIKE ->
          unless(bun().isPresent(), "Bun, which its npm package has for Linux on x64 and aarch64");
      default -> Optional.empty();
    };
  }

  /** {@code classes} and {@code lib} of our application of it. */
  Path springCloudGateway() {
    return installed.resolve("spring-cloud-gateway");
  }

  Path portkey() {
    return installed.resolve("portkey/node_modules/@portkey-ai/gateway/build/start-server.js");
  }

  Path portkeyPreload() {
    return sources.resolve("portkey/loopback.mjs");
  }

  /** The sources, beside the libraries that they import. */
  Path predecessor() {
    return installed.resolve("predecessor");
  }

  Optional<Path> bun() {
    return Stream.of("x64", "aarch64")
        .map(cpu -> predecessor().resolve("node_modules/@oven/bun-linux-" + cpu + "/bin/bun"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Optional<String> unless(boolean there, String what) {
    return there ? Optional.empty() : Optional.of(what);
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(path)
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
