package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageReports;
import dev.tallygate.usage.UsageRow;
import java.io.IOException;
import java.io.InterruptedIOException;
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
import org.sqlite.ProgressHandler;

/**
 * Reads reports from the ledger of a data folder, whether a gateway writes it, was killed, or has
 * ended. It changes nothing in the ledger and takes no lock that a writer waits for; the folder's
 * lock does not concern it. Blocks, in native code; an interrupt ends a reading. Thread-safe.
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

  private static final int INTERRUPTED = 9;
  private static final int CANNOT_OPEN = 14;

  /** What only the journal holds; in the connection's own memory, never in the file. */
  private static final String JOURNALED =
      """
      CREATE TEMP TABLE journaled (minute, key_id, model, requests, input, cache_read,
        cache_written, output, estimated, last_used)
      """;

  /** Steps of SQLite's machine between two looks at whether anybody still wants the answer. */
  private static final int STEPS = 10_000;

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
   * Whether it has ever seen a key, used or not; false also when there is no ledger yet.
   *
   * @throws IOException when that cannot be found out; the message says what to do
   */
  public boolean knowsKeys() throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    return reading(mode -> {
      SqliteLibrary.load();
      try (Connection connection = LedgerFile.openForReading(file, mode);
          Statement statement = connection.createStatement()) {
        if (Schema.identify(statement, file) == 0) {
          return false;
        }
        try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM account)")) {
          return row.getBoolean(1);
        }
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
    String keyId = query.keyId();
    // Before the database: what leaves the journal from here on is in the database by then.
    Path journal = JournalFile.beside(file);
    ByteBuffer held = JournalFile.read(journal);
    try (Connection connection = LedgerFile.openForReading(file, mode)) {
      ProgressHandler.setHandler(connection, STEPS, new EndsWhenInterrupted());
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA temp_store = MEMORY");
        statement.execute(JOURNALED);
        statement.execute("BEGIN");
        if (Schema.identify(statement, file) == 0) {
          throw missing();
        }
        for (Batch batch : JournalFile.after(Schema.sequence(statement), held, journal)) {
          add(batch, keyId, connection);
        }
      }
      List<UsageRow> rows = rows(connection, query);
      boolean known = keyId == null || !rows.isEmpty() || isKnown(connection, keyId);
      return new UsageReport(
          query.by(),
          Instant.ofEpochSecond(firstMinute(query) * 60),
          query.until() == null ? null : Instant.ofEpochSecond(endMinute(query) * 60),
          rows,
          known);
    }
  }

  private static void add(Batch batch, @Nullable String keyId, Connection connection)
      throws SQLException {
    try (PreparedStatement insertion =
        connection.prepareStatement(
            "INSERT INTO journaled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (Map.Entry<Batch.Cell, Batch.Sums> each : batch.cells().entrySet()) {
        if (keyId == null || each.getKey().keyId().equals(keyId)) {
          SqliteDatabase.bind(insertion, each.getKey(), each.getValue());
          insertion.executeUpdate();
        }
      }
    }
  }

  private static long firstMinute(UsageQuery query) {
    return Math.floorDiv(query.since().getEpochSecond(), 60);
  }

  /** The first that does not count any more. */
  private static long endMinute(UsageQuery query) {
    Instant until = query.until();
    return until == null
        ? Long.MAX_VALUE
        : Math.ceilDiv(until.getEpochSecond() + (until.getNano() > 0 ? 1 : 0), 60);
  }

  /** Within the transaction that has read the sequence: the rows are as of that batch. */
  private static List<UsageRow> rows(Connection connection, UsageQuery asked) throws SQLException {
    List<UsageGrouping> by = asked.by();
    List<UsageRow> found = new ArrayList<>();
    String keyId = asked.keyId();
    try (PreparedStatement query =
        connection.prepareStatement(GroupedQuery.of(by, keyId != null))) {
      query.setLong(1, firstMinute(asked));
      query.setLong(2, endMinute(asked));
      query.setInt(3, asked.maxRows());
      if (keyId != null) {
        query.setString(4, keyId);
      }
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
    try (PreparedStatement query = connection.prepareStatement(GroupedQuery.KNOWN)) {
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

  /** Lets whoever has no use for a report any more stop it. */
  private static final class EndsWhenInterrupted extends ProgressHandler {
    @Override
    protected int progress() {
      return Thread.currentThread().isInterrupted() ? 1 : 0;
    }
  }

  private IOException refusal(SQLException e) {
    if ((e.getErrorCode() & 0xff) == INTERRUPTED) {
      return new InterruptedIOException("the report was stopped");
    }
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
