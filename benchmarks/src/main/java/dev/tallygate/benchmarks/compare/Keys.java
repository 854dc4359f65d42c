package dev.tallygate.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The 1,000 keys that {@code load.lua} calls with, in the form that each gateway reads. */
final class Keys {
  private static final List<String> KEYS =
      IntStream.range(0, 1_000).mapToObj("pk_bench_%04d"::formatted).toList();

  private Keys() {}

  static String any() {
    return KEYS.get(500);
  }

  /** For nginx and HAProxy, into the folder that their configurations name. */
  static void writeMaps(Path folder) throws IOException {
    Files.writeString(folder.resolve("keys.txt"), lines(key -> key));
    Files.writeString(folder.resolve("keys-nginx.map"), lines("\"Bearer %s\" 1;"::formatted));
    Files.writeString(folder.resolve("keys-haproxy.map"), lines("%s 1"::formatted));
  }

  /** A key file of Tallygate, with quotas that are counted but not reached. */
  static void writeKeyFile(Path file) throws IOException {
    String entries =
        KEYS.stream()
            .map(
                """
                  {"key":"%1$s","name":"%1$s","model":"glm-4.7","token_limit_per_5h":1000000000000,\
                "expiry_date":"2099-12-31T23:59:59Z","created_at":"2026-01-01T00:00:00Z"}\
                """
                    ::formatted)
            .collect(Collectors.joining(",\n"));
    Files.writeString(file, "{\"keys\":[\n" + entries + "\n]}\n");
  }

  private static String lines(UnaryOperator<String> line) {
    return KEYS.stream().map(line).collect(Collectors.joining("\n", "", "\n"));
  }
}
