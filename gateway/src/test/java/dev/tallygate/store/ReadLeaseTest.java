package dev.tallygate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadLeaseTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void leasesAreThere() throws IOException {
    file = Files.writeString(folder.resolve("file"), "text");
    ReadLease.Answer answer = ReadLease.take(file);
    assumeThat(answer).as("a lease on this file system").isInstanceOf(ReadLease.Granted.class);
    lease(answer).close();
  }

  private static ReadLease lease(ReadLease.Answer answer) {
    return ((ReadLease.Granted) answer).lease();
  }

  @Test
  void fileOpenForWriting_getsNone() throws IOException {
    try (FileChannel writing = FileChannel.open(file, StandardOpenOption.WRITE)) {
      assertThat(writing.isOpen()).isTrue();
      assertThat(ReadLease.take(file)).isInstanceOf(ReadLease.BeingWritten.class);
    }
    lease(ReadLease.take(file)).close();
  }

  @Test
  void readers_areInNobodysWay() throws IOException {
    try (FileChannel reading = FileChannel.open(file, StandardOpenOption.READ);
        ReadLease lease = lease(ReadLease.take(file))) {
      assertThat(Files.readString(file)).isEqualTo("text");
      assertThat(lease.isWaitedFor()).isFalse();
      assertThat(reading.isOpen()).isTrue();
    }
  }

  @Test
  void whoeverOpensItForWriting_waitsUntilItIsGivenBack() throws Exception {
    AtomicBoolean written = new AtomicBoolean();
    Thread writer;
    try (ReadLease lease = lease(ReadLease.take(file))) {
      writer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  Files.writeString(file, "new text");
                  written.set(true);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      await().atMost(PATIENCE).until(lease::isWaitedFor);
      assertThat(written).isFalse();
    }
    assertThat(writer.join(PATIENCE)).isTrue();
    assertThat(written).isTrue();
    assertThat(Files.readString(file)).isEqualTo("new text");
  }

  @Test
  void missingFile_hasNone() {
    assertThat(ReadLease.take(folder.resolve("nothing")))
        .isInstanceOf(ReadLease.NotAvailable.class);
  }
}
