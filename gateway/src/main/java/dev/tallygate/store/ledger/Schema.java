package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The ledger's tables, and the way from every earlier version of them to this one. The version is
 * SQLite's {@code user_version}; {@code application_id} tells a ledger from other databases.
 */
final class Schema {
  /** "TALY". */
  static final int APPLICATION_ID = 0x54414c59;

  /*
   * Rows are grouped by time first: what is written together, a minute's rows, then lies on a few
   * pages, and a commit costs those pages.
   */
  private static final String[] VERSION_1 = {
    """
    CREATE TABLE minute_usage (
      minute INTEGER NOT NULL,         -- minutes since the Unix epoch
      key_id TEXT NOT NULL,
      model TEXT NOT NULL,             -- '' where the call named none
      requests INTEGER NOT NULL,
      input INTEGER NOT NULL,          -- tokens, cached ones included
      cache_read INTEGER NOT NULL,     -- the part of input that came from the upstream's cache
      cache_written INTEGER NOT NULL,  -- the part of input that went into it
      output INTEGER NOT NULL,
      estimated INTEGER NOT NULL,      -- the part of input + output that nobody told
      last_used INTEGER NOT NULL,      -- end of the latest call, ms since the Unix epoch
      PRIMARY KEY (minute, key_id, model)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hour_usage (
      hour INTEGER NOT NULL,           -- hours since the Unix epoch; else as above
      key_id TEXT NOT NULL,
      model TEXT NOT NULL,
      requests INTEGER NOT NULL,
      input INTEGER NOT NULL,
      cache_read INTEGER NOT NULL,
      cache_written INTEGER NOT NULL,
      output INTEGER NOT NULL,
      estimated INTEGER NOT NULL,
      last_used INTEGER NOT NULL,
      PRIMARY KEY (hour, key_id, model)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE account (
      key_id TEXT PRIMARY KEY NOT NULL, -- every key this ledger has seen
      tokens INTEGER NOT NULL,          -- ever used, but for what minute_usage still holds
      last_used INTEGER                 -- as above; NULL when never
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE imported_window (
      key_id TEXT NOT NULL,
      started INTEGER NOT NULL,         -- ms since the Unix epoch
      tokens INTEGER NOT NULL,          -- counted in account.tokens already
      PRIMARY KEY (key_id, started)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE progress (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      sequence INTEGER NOT NULL         -- of the latest batch committed
    ) STRICT
    """,
    "INSERT INTO progress VALUES (1, 0)"
  };

  /** Element i leads from version i to i + 1. */
  private static final List<String[]> MIGRATIONS = List.<String[]>of(VERSION_1);

  /** What this program writes. */
  static final int VERSION = MIGRATIONS.size();

  private Schema() {}

  /**
   * Checks that the database is sound and ours.
   *
   * @param connection one that only reads: closing another would write the log into a damaged file
   * @throws IOException when it is not; the message says what to do
   */
  static void check(Connection connection, Path file) throws IOException {
    try (Statement statement = connection.createStatement()) {
      identify(statement, file);
      String finding = text(statement, "PRAGMA integrity_check(1)");
      if (!finding.equals("ok")) {
        throw damaged(file, finding);
      }
    } catch (SQLException e) {
      throw unusable(file, e);
    }
  }

  /**
   * Brings the tables to this version, and makes sure that they can be written.
   *
   * @return whether there were none before
   * @throws IOException when they cannot; the message says what to do
   */
  static boolean prepare(Connection connection, Path file) throws IOException {
    try (Statement statement = connection.createStatement()) {
      int version = identify(statement, file);
      String mode = text(statement, "PRAGMA journal_mode = WAL");
      if (!mode.equals("wal")) {
        throw new IOException(
            "the usage ledger %s needs SQLite's write-ahead log, which the file system there does not allow (network file systems do not): set DATA_FILE to a folder on a local one"
                .formatted(file));
      }
      migrate(statement, version);
      statement.execute("UPDATE progress SET sequence = sequence");
      return version == 0;
    } catch (SQLException e) {
      throw unusable(file, e);
    }
  }

  /**
   * The version of a database's tables; 0 when it has none yet.
   *
   * @throws IOException when it is not ours, or newer; the message says what to do
   */
  static int identify(Statement statement, Path file) throws SQLException, IOException {
    int version = (int) number(statement, "PRAGMA user_version");
    if (version > VERSION) {
      throw new IOException(
          "the usage ledger %s was written by a newer Tallygate (version %d of its tables; this one knows %d): run that one, or a newer one"
              .formatted(file, version, VERSION));
    }
    boolean empty = number(statement, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && number(statement, "PRAGMA application_id") != APPLICATION_ID) {
      throw new IOException(
          file + " is a database, but not a usage ledger: move it away, or set another DATA_FILE");
    }
    return version;
  }

  /** The number of the latest batch that is committed. */
  static long sequence(Statement statement) throws SQLException {
    return number(statement, "SELECT sequence FROM progress");
  }

  /** Why the ledger cannot be used, and what to do, for operators. */
  static IOException unusable(Path file, SQLException e) {
    LedgerFault fault = LedgerFault.of(e);
    return fault.isDamage()
        ? damaged(file, fault.detail())
        : new IOException(
            "the usage ledger %s cannot be used: %s (%s). It, its folder, and %s-wal and %s-shm beside it where they exist have to be writable by this user"
                .formatted(
                    file, fault.reason(), fault.detail(), file.getFileName(), file.getFileName()),
            e);
  }

  private static void migrate(Statement statement, int from) throws SQLException {
    for (int version = from; version < VERSION; version++) {
      statement.execute("BEGIN IMMEDIATE");
      for (String step : MIGRATIONS.get(version)) {
        statement.execute(step);
      }
      statement.execute("PRAGMA application_id = " + APPLICATION_ID);
      statement.execute("PRAGMA user_version = " + (version + 1));
      statement.execute("COMMIT");
    }
  }

  private static IOException damaged(Path file, String finding) {
    return new IOException(
        "the usage ledger %s is damaged (%s); it was left as it is. Move it away together with %s-wal and %s-shm where they exist: a new ledger then begins with the usage that the key file shows, or put a backup in its place"
            .formatted(file, finding, file.getFileName(), file.getFileName()));
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.getLong(1);
    }
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.getString(1);
    }
  }
}
