package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/** Where the ledger lies, and how connections to it are made. */
final class LedgerFile {
  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /** How long another program's lock is waited for, in ms. */
  private static final int BUSY_TIMEOUT = 1_000;

  private LedgerFile() {}

  static Path in(Path folder) {
    return folder.resolve("usage.db");
  }

  /** Creates the file, readable by its owner only; SQLite gives its other files the same mode. */
  static void createIfMissing(Path file) throws IOException {
    try {
      Files.createFile(file, OWNER_ONLY);
    } catch (FileAlreadyExistsException e) {
      // its mode is its owner's affair
    }
  }

  /** Opens for writing what must exist: one that has vanished is not begun anew. */
  static Connection openForWriting(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    // Else the driver prepares and runs a query of its own after each insertion.
    config.setGetGeneratedKeys(false);
    config.setBusyTimeout(BUSY_TIMEOUT);
    return config.createConnection(url(file, ""));
  }

  /** Opens for reading only; closing such a connection changes nothing in the file. */
  static Connection openForReading(Path file, String parameters) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_TIMEOUT);
    return config.createConnection(url(file, parameters));
  }

  /** The log beside it, which exists as long as somebody writes. */
  static Path log(Path file) {
    return file.resolveSibling(file.getFileName() + "-wal");
  }

  /** What tells this file from another one of the same name. */
  static Object identity(Path file) throws IOException {
    return Objects.requireNonNull(Files.getAttribute(file, "unix:ino"));
  }

  /** As a URI: SQLite's driver takes what follows a question mark in a plain path for options. */
  static String url(Path file, String parameters) {
    return "jdbc:sqlite:file:" + file.toAbsolutePath().toUri().getRawPath() + parameters;
  }
}
