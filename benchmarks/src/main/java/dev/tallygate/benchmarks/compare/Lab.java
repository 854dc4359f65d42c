package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.trial.ProcFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
final class Lab implements AutoCloseable {
  private final Path folder;
  private final List<Server> servers = new ArrayList<>();
  private boolean ended;

  /**
   * @param parent on the disk that is measured; the ledger's commits go there
   */
  Lab(Path parent) throws IOException {
    folder = Files.createTempDirectory(Files.createDirectories(parent), "run-");
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "bench-exit"));
  }

  Path folder() {
    return folder;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  synchronized Server start(
      String name, int port, List<String> command, Path directory, Map<String, String> environment)
      throws IOException {
    if (ended) {
      throw new IOException("the run has ended");
    }
    Path log = folder.resolve(name + ".out");
    Server server =
        new Server(name, port, builder(command, directory, log, environment).start(), log);
    servers.add(server);
    return server;
  }

  /** Runs a program to its end and returns what it wrote, to both outputs. */
  String run(List<String> command, int atMostSeconds, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run-", ".out");
    Process process = builder(command, folder, output, environment).start();
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
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  /** CPU time of all that this run started, what has ended too, and of this program. */
  synchronized long cpuMicros() throws IOException {
    long sum = ProcFiles.ownCpuMicros();
    for (Server server : servers) {
      sum += server.cpuMicros();
    }
    return sum;
  }

  /** The program sees no variable of ours but those that say where programs and Java are. */
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
    servers.reversed().forEach(Server::close);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Left behind: " + folder + " (" + e.getMessage() + ")");
    }
  }
}
