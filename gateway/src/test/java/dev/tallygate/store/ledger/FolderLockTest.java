package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderLockTest {
  @TempDir Path folder;

  private Process shared() throws IOException {
    Path file = Files.createFile(folder.resolve("usage.lock"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SharedLock.class.getName(),
                file.toString())
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("held");
    return process;
  }

  @Test
  void whoOnlyLooks_doesNotKeepAGatewayFromStarting() throws Exception {
    Process looks = shared();
    try {
      FutureTask<Void> taking =
          new FutureTask<>(() -> {
            FolderLock.take(folder).close();
            return null;
          });
      Thread.ofVirtual().start(taking);
      looks.getOutputStream().close();
      assertThat(taking.get()).isNull();
    } finally {
      looks.destroyForcibly();
    }
  }

  @Test
  void whoStays_keepsAGatewayFromStarting() throws Exception {
    Process stays = shared();
    try {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> FolderLock.take(folder))
          .withMessageContaining("another gateway");
    } finally {
      stays.destroyForcibly();
    }
  }
}
