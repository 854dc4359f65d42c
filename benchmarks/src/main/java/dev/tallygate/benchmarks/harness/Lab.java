package dev.tallygate.benchmarks.harness;

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
  public Lab(Path root, String name) throws IOException {
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

  /** The folder of the run; what is in it goes with the run. */
  public Path folder() {
    return folder;
  }

  /** Starts a program that is ended with the run at the latest. */
  public Process start(List<String> command, Path output, Map<String, String> environment)
      throws IOException {
    return start(command, folder, output, environment);
  }

  /** The same in another folder. */
  public synchronized Process start(
      List<String> command, Path directory, Path output, Map<String, String> environment)
      throws IOException {
    if (ended) {
      throw new IOException("the run has ended");
    }
    Process process = builder(command, directory, output, environment).start();
    processes.add(process);
    return process;
  }

  /** Runs a program to its end and returns what it wrote, to both outputs. */
  public String run(List<String> command, int atMostSeconds, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run-", ".out");
    Process process = start(command, output, environment);
    try {
      if (!process.waitFor(atMostSeconds, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " took more than " + atMostSeconds + " s");
      }
      String text = Files.readString(output);
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s ended with %d: %s"
                .formatted(command.getFirst(), process.exitValue(), text.strip()));
      }
      return text;
    } finally {
      if (process.isAlive()) {
        end(process);
      }
      Files.deleteIfExists(output);
    }
  }

  /** Asks a process to end, and ends it and what it started when it has not after ten seconds. */
  public static void end(Process process) {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    process.destroy();
    try {
      process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  /** A program sees no variable of ours but those that say where programs and Java are. */
  private static ProcessBuilder builder(
      List<String> command, Path directory, Path output, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
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
