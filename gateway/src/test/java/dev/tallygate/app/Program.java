package dev.tallygate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * {@code tallygate} as a process of its own, with a work folder, a folder for temporary files and
 * nothing in its environment but what the test puts there. Closing ends it.
 */
final class Program implements AutoCloseable {
  private final Process process;
  private final Path temporary;

  private Program(Process process, Path temporary) {
    this.process = process;
    this.temporary = temporary;
  }

  /** What it said, and its exit code. */
  record Ended(int code, String out, String err) {}

  static Program start(Path folder, Map<String, String> environment, String... args)
      throws IOException {
    Path temporary = Files.createDirectories(folder.resolve("temporary"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectOutput(folder.resolve("out").toFile());
    builder.redirectError(folder.resolve("err").toFile());
    return new Program(builder.start(), temporary);
  }

  /** What it has printed up to now. */
  String out() throws IOException {
    return Files.readString(temporary.resolveSibling("out"), UTF_8);
  }

  /** Waits until it has ended by itself. */
  Ended ended() throws IOException, InterruptedException {
    assertThat(process.waitFor(Duration.ofSeconds(20))).as("ended").isTrue();
    String err = Files.readString(temporary.resolveSibling("err"), UTF_8);
    return new Ended(process.exitValue(), out(), err);
  }

  /** SIGTERM. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** What it left among the temporary files. */
  List<Path> leftOver() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files.toList();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
