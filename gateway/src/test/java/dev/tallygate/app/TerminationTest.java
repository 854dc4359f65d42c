package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.cli.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class TerminationTest {
  @Test
  void close_reportsAFailure() {
    AutoCloseable failing =
        () -> {
          throw new IOException("disk full");
        };
    assertThat(Termination.of(failing, LoggerFactory.getLogger("test"), () -> {}).close())
        .isEqualTo(ExitCode.FAILED);
  }

  @Test
  void signals_firstClosesOnce_othersAreIgnored_exitIs0() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Serving.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = process.inputReader()) {
      awaitLine(out, "serving");
      ProcessHandle signalled = process.toHandle(); // Process.destroy would close the pipes too
      signalled.destroy();
      awaitLine(out, "closing");
      signalled.destroy();
      signalled.destroy();
      process.outputWriter().append("go on\n").flush();
      awaitLine(out, "closed");
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(out.lines()).noneMatch(line -> line.equals("closing"));
    } finally {
      process.destroyForcibly();
    }
  }

  private static void awaitLine(BufferedReader out, String wanted) throws IOException {
    String line = out.readLine();
    while (line != null && !line.equals(wanted)) {
      line = out.readLine();
    }
    assertThat(line).isEqualTo(wanted);
  }

  /** A process that serves, and whose closing takes until it is told to go on. */
  static final class Serving {
    private Serving() {}

    public static void main(String[] args) throws InterruptedException {
      Termination.of(Serving::close, LoggerFactory.getLogger("test"), Logs::flushAndStop).install();
      System.out.println("serving");
      Thread.currentThread().join();
    }

    private static void close() throws IOException {
      System.out.println("closing");
      if (System.in.read() < 0) {
        throw new IOException("nobody said to go on");
      }
      System.out.println("closed");
    }
  }
}
