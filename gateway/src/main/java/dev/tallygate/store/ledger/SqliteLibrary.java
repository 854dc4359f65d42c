package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's native library. The driver copies it out of its jar into the folder for temporary files
 * and leaves the removal to an orderly exit, so that each kill would leave a megabyte behind. Here
 * it gets a folder of its own, which is removed as soon as the library is loaded: what is mapped
 * into memory needs no name. A distribution has it unpacked, and the launcher names the folder to
 * the driver, which then copies nothing.
 */
final class SqliteLibrary {
  // Where the driver puts its copy; an operator may set it where /tmp forbids to execute.
  private static final String FOLDER = "org.sqlite.tmpdir";

  private static final String PREFIX = "tallygate-sqlite-";

  /** Nobody needs that long to load it. */
  private static final Duration LOADING = Duration.ofMinutes(1);

  private static boolean loaded;

  private SqliteLibrary() {}

  /**
   * Loads it, once. Blocks.
   *
   * @throws IOException when it cannot be; the message says what to do
   */
  static synchronized void load() throws IOException {
    if (loaded) {
      return;
    }
    String given = System.getProperty(FOLDER);
    Path parent = Path.of(given == null ? System.getProperty("java.io.tmpdir") : given);
    Path own = Files.createTempDirectory(parent, PREFIX);
    removeLeftOver(parent, Files.getLastModifiedTime(own));
    System.setProperty(FOLDER, own.toString());
    try {
      loaded = SQLiteJDBCLoader.initialize();
    } catch (Exception e) { // as the driver declares it
      throw new IOException(
          "SQLite's library cannot be loaded from %s: %s. Let TALLYGATE_JAVA_OPTS=-D%s=... name a folder that may be written and executed from"
              .formatted(parent, e.getMessage(), FOLDER),
          e);
    } finally {
      restore(given);
      remove(own);
    }
  }

  /** Removes what processes have left that were killed while they loaded it. */
  static void removeLeftOver(Path parent, FileTime now) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.list(parent)) {
      found = files.filter(file -> file.getFileName().toString().startsWith(PREFIX)).toList();
    }
    for (Path folder : found) {
      try {
        if (Files.getLastModifiedTime(folder)
            .toInstant()
            .isBefore(now.toInstant().minus(LOADING))) {
          remove(folder);
        }
      } catch (IOException e) {
        // another user's, or just gone
      }
    }
  }

  private static void restore(@Nullable String given) {
    if (given == null) {
      System.clearProperty(FOLDER);
    } else {
      System.setProperty(FOLDER, given);
    }
  }

  private static void remove(Path folder) throws IOException {
    List<Path> copies;
    try (Stream<Path> files = Files.list(folder)) {
      copies = files.toList();
    }
    for (Path copy : copies) {
      Files.deleteIfExists(copy);
    }
    Files.deleteIfExists(folder);
  }
}
