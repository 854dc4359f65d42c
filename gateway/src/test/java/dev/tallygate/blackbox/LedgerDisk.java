package dev.tallygate.blackbox;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import dev.tallygate.testkit.GatewayProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** Where a test's data folder lies, and a way to let writing to it fail for a while. */
sealed interface LedgerDisk extends AutoCloseable {
  /** The data folder. */
  Path folder();

  /** What clients are told while writing fails. */
  String reason();

  /** From now on the gateway cannot write its ledger. */
  void breakFor(GatewayProcess gateway) throws IOException;

  /** From now on it can again. */
  void mendFor(GatewayProcess gateway) throws IOException;

  @Override
  void close() throws IOException;

  /** Runs a command of the system. */
  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.strip());
    }
  }

  /** Runs one without which there is no test. */
  private static void orGiveUp(String... command) {
    try {
      run(command);
    } catch (IOException e) {
      throw new TestAbortedException("not to be had here: " + e.getMessage(), e);
    }
  }

  /**
   * A file system of eight megabytes in memory, which can be filled and kept full: SQLite gives
   * space back when it folds its log in, which is enough for it to go on.
   */
  final class Small implements LedgerDisk {
    private static final int BLOCK = 4_096;
    private static final int BLOCKS = 2_048;

    private final Path folder;
    private final ScheduledExecutorService filling = Executors.newSingleThreadScheduledExecutor();

    private Small(Path folder) {
      this.folder = folder;
    }

    static Small mountedOn(Path folder) {
      orGiveUp("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", folder.toString());
      return new Small(folder);
    }

    @Override
    public Path folder() {
      return folder;
    }

    @Override
    public String reason() {
      return "its disk is full";
    }

    @Override
    public void breakFor(GatewayProcess gateway) {
      fill();
      var _ = filling.scheduleWithFixedDelay(this::fill, 2, 2, TimeUnit.MILLISECONDS);
    }

    private void fill() {
      try (OutputStream out = Files.newOutputStream(filler(), CREATE, APPEND)) {
        byte[] zeros = new byte[BLOCK];
        for (int i = 0; i < BLOCKS; i++) {
          out.write(zeros);
        }
      } catch (IOException e) {
        // full, as it should be
      }
    }

    @Override
    public void mendFor(GatewayProcess gateway) throws IOException {
      filling.close();
      Files.delete(filler());
    }

    private Path filler() {
      return folder.resolve("filler");
    }

    @Override
    public void close() throws IOException {
      filling.close();
      run("umount", "--lazy", folder.toString());
    }
  }

  /** A folder on the usual disk, in which the process may not write at all. */
  record Limited(Path folder) implements LedgerDisk {
    @Override
    public String reason() {
      return "reading or writing it fails";
    }

    @Override
    public void breakFor(GatewayProcess gateway) {
      orGiveUp(limit(gateway, "0"));
    }

    @Override
    public void mendFor(GatewayProcess gateway) throws IOException {
      run(limit(gateway, "unlimited"));
    }

    private static String[] limit(GatewayProcess gateway, String soft) {
      return new String[] {
        "prlimit", "--pid", Long.toString(gateway.pid()), "--fsize=" + soft + ":"
      };
    }

    @Override
    public void close() {}
  }
}
