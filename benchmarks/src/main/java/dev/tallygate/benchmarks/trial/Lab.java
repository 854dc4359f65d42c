package dev.tallygate.benchmarks.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A folder for one run and the processes that were started in it. Closing it ends them and removes
 * the folder; so does the end of this program, by a signal too.
 */
public final class Lab implements AutoCloseable {
  private static final int SECONDS_TO_END = 10;

  private final Path root;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private boolean ended;

  /**
   * @param root of the source tree; the folder lies below it, on the disk that is measured
   * @param name of the run
   */
  Lab(Path root, String name) throws IOException {
    this.root = root;
    this.folder =
        Files.createTempDirectory(
            Files.createDirectories(root.resolve("target").resolve(name)), "run-");
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, name + "-exit"));
  }

  /** The launcher of Tallygate. */
  public String program() {
    return root.resolve("tallygate").toString();
  }

  /** A new folder for a gateway's files. */
  public Path newFolder() throws IOException {
    return Files.createTempDirectory(folder, "gateway-");
  }

  public synchronized Process start(
      List<String> command, Path output, Map<String, String> environment) throws IOException {
    if (ended) {
      throw new IOException("the run has ended");
    }
    Process process = builder(command, output, environment).start();
    processes.add(process);
    return process;
  }

  /** Runs a program to its end and returns what it wrote, to both outputs. */
  public String run(List<String> command, int atMostSeconds, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run-", ".out");
    Process process = start(command, output, environment);
    if (!process.waitFor(atMostSeconds, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command + " took more than " + atMostSeconds + " s");
    }
    String text = Files.readString(output);
    if (process.exitValue() != 0) {
      throw new IOException(
          "%s ended with %d: %s".formatted(command, process.exitValue(), text.strip()));
    }
    return text;
  }

  /** Asks a process to end, and ends it when it has not after ten seconds. */
  public static void end(Process process) {
    process.destroy();
    try {
      process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }

  /** A program sees no variable of ours but those that say where programs and Java are. */
  private ProcessBuilder builder(
      List<String> command, Path output, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().retainAll(List.of("PATH", "HOME", "JAVA_HOME"));
    builder.environment().putAll(environment);
    return builder;
  }

  @Override
  public void close() {
    end();
  }

  private synchronized void end() {
    if (ended) {
      return;
    }
    ended = true;
    processes.reversed().stream().filter(Process::isAlive).forEach(Lab::end);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Left behind: " + folder + " (" + e.getMessage() + ")");
    }
  }
}
