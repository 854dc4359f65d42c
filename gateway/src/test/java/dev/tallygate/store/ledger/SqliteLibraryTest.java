package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLibraryTest {
  private static final Instant NOW = Instant.parse("2026-01-18T12:00:00Z");

  @TempDir Path parent;

  private Path folder(String name, int secondsOld) throws Exception {
    Path folder = Files.createDirectory(parent.resolve(name));
    Files.writeString(folder.resolve("lib.so"), "");
    return Files.setLastModifiedTime(folder, FileTime.from(NOW.minusSeconds(secondsOld)));
  }

  @Test
  void leftOver_isRemoved_whatMayBeInUseIsNot() throws Exception {
    Path old = folder("tallygate-sqlite-1", 61);
    Path inUse = folder("tallygate-sqlite-2", 59);
    Path others = folder("sqlite-3", 1_000);
    SqliteLibrary.removeLeftOver(parent, FileTime.from(NOW));
    assertThat(old).doesNotExist();
    assertThat(inUse.resolve("lib.so")).exists();
    assertThat(others.resolve("lib.so")).exists();
  }
}
