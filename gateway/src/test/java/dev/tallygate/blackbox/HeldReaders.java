package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * A process that keeps everybody else from beginning to read an SQLite database in WAL mode: they
 * wait in SQLite, for ten seconds at most. Another process, since a process does not feel its own
 * locks.
 */
final class HeldReaders implements AutoCloseable {
  // Where SQLite locks the log's index for reading (its wal.c and os_unix.c).
  private static final int FIRST = 123;
  private static final int COUNT = 5;

  private final Process process;

  private HeldReaders(Process process) {
    this.process = process;
  }

  /** Holds up readers of the database in a data folder from now on. */
  static HeldReaders of(Path folder) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                HeldReaders.class.getName(),
                folder.resolve("usage.db-shm").toString())
            .redirectErrorStream(true)
            .start();
    HeldReaders held = new HeldReaders(process);
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(said.readLine()).isEqualTo("held");
    return held;
  }

  /** Holds the locks of the index that is the only argument until standard input ends. */
  public static void main(String[] args) throws IOException {
    try (FileChannel index =
            FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = index.lock(FIRST, COUNT, false)) {
      System.out.println(lock.isValid() ? "held" : "not held");
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }

  /** Whether they are still held up. */
  boolean areHeld() {
    return process.isAlive();
  }

  /** Lets them read. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
