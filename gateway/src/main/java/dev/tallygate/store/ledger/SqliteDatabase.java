package dev.tallygate.store.ledger;

import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.UsageWindow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Map;

/**
 * The writer's connection. Transactions are begun and ended by statements of our own: the driver
 * would begin the next one as soon as one ends, and hold the lock while nothing is written.
 */
final class SqliteDatabase implements Database {
  /** Pages in the write-ahead log before they are copied into the database. */
  private static final int CHECKPOINT_PAGES = 4_000;

  private static final long MAX_LOG_BYTES = 64L * 1024 * 1024;

  /** Sums of tokens stop here: a table of integers refuses what is larger than one. */
  private static final long LARGEST = Long.MAX_VALUE / 2;

  /** What the rows of minutes and hours have in common. */
  private static final String COLUMNS =
      "key_id, model, requests, input, cache_read, cache_written, output, estimated, last_used";

  private static final String SUMS =
      """
      requests = requests + excluded.requests, input = input + excluded.input,
      cache_read = cache_read + excluded.cache_read,
      cache_written = cache_written + excluded.cache_written, output = output + excluded.output,
      estimated = estimated + excluded.estimated, last_used = max(last_used, excluded.last_used)
      """;

  private final Path file;
  private final Object identity;
  private final Connection connection;
  private final PreparedStatement begin;
  private final PreparedStatement commit;
  private final PreparedStatement rollback;
  private final PreparedStatement addUsage;
  private final PreparedStatement addAccount;
  private final PreparedStatement addWindow;
  private final PreparedStatement setSequence;
  private final PreparedStatement oldestMinute;
  private final PreparedStatement[] rollUp;
  private long sequence;

  /** Opens the ledger that {@link Schema#prepare} has prepared. */
  SqliteDatabase(Path file) throws SQLException, IOException {
    this.file = file;
    connection = LedgerFile.openForWriting(file);
    try {
      try (Statement setting = connection.createStatement()) {
        setting.execute("PRAGMA synchronous = FULL");
        setting.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
        setting.execute("PRAGMA journal_size_limit = " + MAX_LOG_BYTES);
        setting.execute("PRAGMA temp_store = MEMORY");
        sequence = Schema.sequence(setting);
      }
      identity = LedgerFile.identity(file);
      begin = connection.prepareStatement("BEGIN IMMEDIATE");
      commit = connection.prepareStatement("COMMIT");
      rollback = connection.prepareStatement("ROLLBACK");
      addUsage =
          connection.prepareStatement(
              "INSERT INTO minute_usage (minute, "
                  + COLUMNS
                  + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                  + SUMS);
      addAccount =
          connection.prepareStatement(
              "INSERT INTO account (key_id, tokens, last_used) VALUES (?, ?, ?)"
                  + " ON CONFLICT DO NOTHING");
      addWindow =
          connection.prepareStatement(
              "INSERT INTO imported_window (key_id, started, tokens) VALUES (?, ?, ?)"
                  + " ON CONFLICT DO UPDATE SET tokens = min(tokens + excluded.tokens, "
                  + LARGEST
                  + ")");
      setSequence = connection.prepareStatement("UPDATE progress SET sequence = ?");
      oldestMinute = connection.prepareStatement("SELECT min(minute) FROM minute_usage");
      rollUp =
          new PreparedStatement[] {
            connection.prepareStatement(
                """
                INSERT INTO hour_usage (hour, %1$s) SELECT minute / 60, %1$s
                FROM minute_usage WHERE minute = ? ON CONFLICT DO UPDATE SET %2$s
                """
                    .formatted(COLUMNS, SUMS)),
            connection.prepareStatement(
                """
                INSERT INTO account (key_id, tokens, last_used)
                SELECT key_id, sum(input + output), max(last_used)
                FROM minute_usage WHERE minute = ? GROUP BY key_id
                ON CONFLICT DO UPDATE SET
                  tokens = min(tokens + excluded.tokens, %d),
                  last_used = max(coalesce(last_used, excluded.last_used), excluded.last_used)
                """
                    .formatted(LARGEST)),
            connection.prepareStatement("DELETE FROM minute_usage WHERE minute = ?"),
            connection.prepareStatement("DELETE FROM imported_window WHERE started < ? * 60000")
          };
    } catch (SQLException | IOException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public void commit(Batch batch) throws SQLException {
    transaction(() -> {
      for (Map.Entry<String, KeyUsage> each : batch.imports().entrySet()) {
        add(each.getKey(), each.getValue());
      }
      for (Map.Entry<Batch.Cell, Batch.Sums> each : batch.cells().entrySet()) {
        add(each.getKey(), each.getValue());
      }
      setSequence.setLong(1, batch.number());
      setSequence.executeUpdate();
    });
    sequence = batch.number();
  }

  @Override
  public boolean rollUp(long beforeMinute) throws SQLException {
    long minute;
    try (ResultSet row = oldestMinute.executeQuery()) {
      minute = row.getLong(1);
      if (row.wasNull() || minute >= beforeMinute) {
        return false;
      }
    }
    transaction(() -> {
      for (PreparedStatement step : rollUp) {
        step.setLong(1, minute);
        step.executeUpdate();
      }
    });
    return true;
  }

  @Override
  public void checkFile() throws IOException {
    if (!LedgerFile.identity(file).equals(identity)) {
      throw new IOException("its file was replaced by another one");
    }
    if (!Files.exists(LedgerFile.log(file))) {
      // What it holds is not lost: closing the connection writes it into the file.
      throw new IOException("its log " + LedgerFile.log(file).getFileName() + " was removed");
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  @FunctionalInterface
  private interface Work {
    void run() throws SQLException;
  }

  private void transaction(Work work) throws SQLException {
    begin.execute();
    try {
      work.run();
      commit.execute();
    } catch (SQLException e) {
      try {
        rollback.execute();
      } catch (SQLException again) {
        // SQLite has rolled back by itself.
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private void add(Batch.Cell cell, Batch.Sums sums) throws SQLException {
    bind(addUsage, cell, sums);
    addUsage.executeUpdate();
  }

  /** Sets the parameters of an insertion of a row of minutes, in the order of its columns. */
  static void bind(PreparedStatement insertion, Batch.Cell cell, Batch.Sums sums)
      throws SQLException {
    insertion.setLong(1, cell.minute());
    insertion.setString(2, cell.keyId());
    insertion.setString(3, cell.model());
    insertion.setLong(4, sums.requests);
    insertion.setLong(5, sums.input);
    insertion.setLong(6, sums.cacheRead);
    insertion.setLong(7, sums.cacheWritten);
    insertion.setLong(8, sums.output);
    insertion.setLong(9, sums.estimated);
    insertion.setLong(10, sums.lastUsedMillis);
  }

  private void add(String keyId, KeyUsage imported) throws SQLException {
    addAccount.setString(1, keyId);
    addAccount.setLong(2, imported.lifetimeTokens());
    if (imported.lastUsed() == null) {
      addAccount.setNull(3, Types.INTEGER);
    } else {
      addAccount.setLong(3, imported.lastUsed().toEpochMilli());
    }
    if (addAccount.executeUpdate() == 0) {
      return;
    }
    for (UsageWindow window : imported.windows()) {
      addWindow.setString(1, keyId);
      addWindow.setLong(2, window.start().toEpochMilli());
      addWindow.setLong(3, window.tokens());
      addWindow.executeUpdate();
    }
  }
}
