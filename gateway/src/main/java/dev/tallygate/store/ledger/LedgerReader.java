package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageReports;
import dev.tallygate.usage.UsageRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads reports from the ledger of a data folder, whether a gateway writes it, was killed, or has
 * ended. It changes nothing in the ledger and takes no lock that a writer waits for; the folder's
 * lock does not concern it. Blocks. Thread-safe.
 *
 * <p>Usage older than 48 hours lies in rows of an hour each. A report that begins or ends inside
 * such an hour counts all that a key used with a model in that hour, unless its last call there
 * ended before the beginning. What a key file brought along is in no report: nobody knows when it
 * was used, nor with which model.
 */
public final class LedgerReader implements UsageReports {
  /*
   * Without a log beside it nobody is using the file, and SQLite is told that nobody will: else it
   * would make the log and its index, leave them behind, and need to be allowed to. Such a
   * connection is for a file at rest only, and its closing would drop this process's other locks.
   */
  private static final String AT_REST = "?immutable=1";
  private static final String SHARED = "?mode=ro";

  private static final int CANNOT_OPEN = 14;

  /** What comes after the groups' columns. */
  private static final String SUMS =
      """
      , sum(requests), sum(input), sum(cache_read), sum(cache_written), sum(output),
        sum(estimated), max(last_used), sum(input + output) AS total
      FROM (
        SELECT minute, key_id, model, requests, input, cache_read, cache_written, output,
          estimated, last_used
        FROM minute_usage WHERE minute >= ?1 AND minute < ?2
        UNION ALL
        SELECT minute, key_id, model, requests, input, cache_read, cache_written, output,
          estimated, last_used
        FROM journaled WHERE minute >= ?1 AND minute < ?2
        UNION ALL
        SELECT hour * 60, key_id, model, requests, input, cache_read, cache_written, output,
          estimated, last_used
        FROM hour_usage
        WHERE hour >= ?1 / 60 AND last_used >= ?1 * 60000 AND hour * 60 < ?2)
      WHERE ?3 IS NULL OR key_id = ?3
      GROUP BY\s
      """;

  private static final String KNOWN =
      """
      SELECT EXISTS (SELECT 1 FROM account WHERE key_id = ?1)
        OR EXISTS (SELECT 1 FROM minute_usage WHERE key_id = ?1)
        OR EXISTS (SELECT 1 FROM journaled WHERE key_id = ?1)
      """;

  /** What only the journal holds; in the connection's own memory, never in the file. */
  private static final String JOURNALED =
      """
      CREATE TEMP TABLE journaled (minute, key_id, model, requests, input, cache_read,
        cache_written, output, estimated, last_used)
      """;

  private final Path file;

  /** Reads the ledger in a folder. */
  public LedgerReader(Path folder) {
    this.file = LedgerFile.in(folder);
  }

  /** What tells whether anybody has written the file. */
  private record State(Map<String, Object> attributes, boolean logged) {}

  /**
   * Sums up what is on record.
   *
   * @throws IOException when there is no ledger, or it cannot be read, is damaged or newer than
   *     this program; the message says what to do
   */
  @Override
  public UsageReport read(UsageQuery query) throws IOException {
    return reading(mode -> read(mode, query));
  }

  /**
   * Whether the ledger is sound: it is one, of this version, and its pages agree with each other.
   * Reads all of it.
   *
   * @return false when there is none yet
   * @throws IOException when it is not; the message says what to do
   */
  public boolean isSound() throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    return reading(mode -> {
      SqliteLibrary.load();
      try (Connection connection = LedgerFile.openForReading(file, mode)) {
        Schema.check(connection, file);
        return true;
      }
    });
  }

  /**
   * Which process runs a gateway on the folder: {@code process 17}, or null when none does.
   *
   * @throws IOException when that cannot be found out
   */
  public @Nullable String user() throws IOException {
    return FolderLock.holder(Objects.requireNonNull(file.getParent()));
  }

  /** Something that reads through one connection. */
  @FunctionalInterface
  private interface Reading<T> {
    T in(String mode) throws SQLException, IOException;
  }

  private <T> T reading(Reading<T> reading) throws IOException {
    State before = state();
    if (!before.logged()) {
      try {
        T result = reading.in(AT_REST);
        if (state().equals(before)) {
          return result;
        }
      } catch (SQLException e) {
        if (state().equals(before)) {
          throw refusal(e);
        }
      }
      // A gateway has started meanwhile.
    }
    try {
      return reading.in(SHARED);
    } catch (SQLException e) {
      throw refusal(e);
    }
  }

  private UsageReport read(String mode, UsageQuery query) throws SQLException, IOException {
    SqliteLibrary.load();
    // Before the database: what leaves the journal from here on is in the database by then.
    Path journal = JournalFile.beside(file);
    ByteBuffer held = JournalFile.read(journal);
    try (Connection connection = LedgerFile.openForReading(file, mode)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA temp_store = MEMORY");
        statement.execute(JOURNALED);
        statement.execute("BEGIN");
        if (Schema.identify(statement, file) == 0) {
          throw missing();
        }
        for (Batch batch : JournalFile.after(Schema.sequence(statement), held, journal)) {
          add(batch, connection);
        }
      }
      List<UsageRow> rows = rows(connection, query);
      String keyId = query.keyId();
      boolean known = keyId == null || !rows.isEmpty() || isKnown(connection, keyId);
      return new UsageReport(
          query.by(),
          Instant.ofEpochSecond(firstMinute(query) * 60),
          query.until() == null ? null : Instant.ofEpochSecond(endMinute(query) * 60),
          rows,
          known);
    }
  }

  private static void add(Batch batch, Connection connection) throws SQLException {
    try (PreparedStatement insertion =
        connection.prepareStatement(
            "INSERT INTO journaled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (Map.Entry<Batch.Cell, Batch.Sums> each : batch.cells().entrySet()) {
        SqliteDatabase.bind(insertion, each.getKey(), each.getValue());
        insertion.executeUpdate();
      }
    }
  }

  private static long firstMinute(UsageQuery query) {
    return Math.floorDiv(query.since().getEpochSecond(), 60);
  }

  /** The first that does not count any more. */
  private static long endMinute(UsageQuery query) {
    Instant until = query.until();
    return until == null ? Long.MAX_VALUE : Math.ceilDiv(until.toEpochMilli(), 60_000);
  }

  /** Within the transaction that has read the sequence: the rows are as of that batch. */
  private static List<UsageRow> rows(Connection connection, UsageQuery asked) throws SQLException {
    List<UsageGrouping> by = asked.by();
    List<UsageRow> found = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(GroupedQuery.of(by, SUMS))) {
      query.setLong(1, firstMinute(asked));
      query.setLong(2, endMinute(asked));
      query.setString(3, asked.keyId());
      query.setInt(4, asked.maxRows());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          List<String> groups = new ArrayList<>();
          for (int i = 0; i < by.size(); i++) {
            groups.add(GroupedQuery.group(by.get(i), row.getString(i + 1)));
          }
          int first = by.size() + 1;
          found.add(
              new UsageRow(
                  groups,
                  row.getLong(first),
                  row.getLong(first + 1),
                  row.getLong(first + 2),
                  row.getLong(first + 3),
                  row.getLong(first + 4),
                  row.getLong(first + 5),
                  Instant.ofEpochMilli(row.getLong(first + 6))));
        }
      }
    }
    return found;
  }

  private static boolean isKnown(Connection connection, String keyId) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(KNOWN)) {
      query.setString(1, keyId);
      try (ResultSet row = query.executeQuery()) {
        return row.getBoolean(1);
      }
    }
  }

  private State state() throws IOException {
    try {
      return new State(
          Files.readAttributes(file, "unix:ino,size,lastModifiedTime"),
          Files.exists(LedgerFile.log(file)));
    } catch (NoSuchFileException e) {
      throw missing();
    } catch (FileSystemException e) {
      throw denied(Objects.requireNonNullElse(e.getReason(), "permission denied"));
    }
  }

  private Path beside(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private IOException missing() {
    return new IOException(
        "there is no usage ledger "
            + file
            + " yet: a gateway makes it at its first start, in the folder of its DATA_FILE");
  }

  private IOException denied(String reason) {
    return new IOException(
        "the usage ledger "
            + file
            + " cannot be read: "
            + reason
            + ". Run this as the user who runs the gateway");
  }

  private IOException refusal(SQLException e) {
    if ((e.getErrorCode() & 0xff) != CANNOT_OPEN) {
      return Schema.unusable(file, e);
    }
    if (!Files.isReadable(file)) {
      return denied("permission denied");
    }
    if (Files.exists(LedgerFile.log(file))) {
      return denied(
          "a gateway that was killed left "
              + LedgerFile.log(file).getFileName()
              + ", and its index "
              + beside("-shm").getFileName()
              + " is missing and cannot be made");
    }
    return Schema.unusable(file, e);
  }
}
