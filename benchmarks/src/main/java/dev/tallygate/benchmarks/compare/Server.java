package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.ProcFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A running server: a process and those that it started; the run ends them. */
final class Server {
  private final String name;
  private final int port;
  private final Process process;
  private final Path log;

  /**
   * @param log where its output goes
   */
  Server(String name, int port, Process process, Path log) {
    this.name = name;
    this.port = port;
    this.process = process;
    this.log = log;
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  Path log() {
    return log;
  }

  long pid() {
    return process.pid();
  }

  boolean running() {
    return process.isAlive();
  }

  long cpuMicros() throws IOException {
    long sum = 0;
    for (ProcessHandle handle : handles()) {
      sum += ProcFiles.cpuMicros(handle.pid());
    }
    return sum;
  }

  long residentBytes() throws IOException {
    long sum = 0;
    for (ProcessHandle handle : handles()) {
      sum += ProcFiles.residentBytes(handle.pid());
    }
    return sum;
  }

  private List<ProcessHandle> handles() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }
}
