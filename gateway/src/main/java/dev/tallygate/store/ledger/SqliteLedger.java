package dev.tallygate.store.ledger;

import dev.tallygate.model.Ticker;
import dev.tallygate.quota.UsageHistory;
import dev.tallygate.store.DataFolder;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.usage.UsageLedger;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The usage ledger of a data folder: a database, and a journal in front of it in which calls are on
 * file before the database takes them over, several times a second. Thread-safe; recording does not
 * block.
 *
 * <p>Each key's account, its tokens ever and when it was used last, is kept in memory as well.
 */
public final class SqliteLedger implements UsageLedger, UsageHistory, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SqliteLedger.class);

  private final Path file;
  private final FolderLock lock;
  private final LedgerWriter writer;
  private final ConcurrentHashMap<String, RunningAccount> accounts = new ConcurrentHashMap<>();

  // In a database begun anew beside a journal: the keys that only the journal's calls are of. What
  // they bring along is wanted still.
  private final Set<String> notImportedYet = ConcurrentHashMap.newKeySet();

  private SqliteLedger(
      Path file,
      FolderLock lock,
      Database.Opener opener,
      boolean begunAnew,
      Duration sync,
      Ticker ticker)
      throws SQLException, IOException {
    this.file = file;
    this.lock = lock;
    loadAccounts();
    if (begunAnew) {
      notImportedYet.addAll(accounts.keySet());
    }
    this.writer = new LedgerWriter(opener, JournalFile.beside(file), lock::check, sync, ticker);
  }

  /**
   * Opens the ledger {@code usage.db} of a folder, both of which are created where they are
   * missing, and keeps other gateways off the folder. Blocks: it checks the whole file, and takes
   * over what a journal holds whose gateway was killed.
   *
   * @param sync what a power cut may take; zero: nothing
   * @throws IOException when another gateway uses the folder, it cannot be written, or the ledger
   *     is damaged or newer than this program; the message says what to do
   */
  public static SqliteLedger open(Path folder, Duration sync, Ticker ticker) throws IOException {
    Path file = LedgerFile.in(folder);
    return open(folder, () -> new SqliteDatabase(file), sync, ticker);
  }

  static SqliteLedger open(Path folder, Database.Opener opener, Duration sync, Ticker ticker)
      throws IOException {
    Path file = LedgerFile.in(folder);
    SqliteLibrary.load();
    FolderLock lock = lock(folder);
    try {
      LedgerFile.createIfMissing(file);
      if (Files.size(file) > 0) {
        try (Connection connection = LedgerFile.openForReading(file, "?mode=ro")) {
          Schema.check(connection, file);
        }
      }
      boolean begunAnew;
      try (Connection connection = LedgerFile.openForWriting(file)) {
        begunAnew = Schema.prepare(connection, file);
        if (begunAnew) {
          log.info("{}: a new usage ledger, with what the key file shows of usage", file);
        }
      }
      takeOverJournal(file, opener);
      return new SqliteLedger(file, lock, opener, begunAnew, sync, ticker);
    } catch (SQLException e) {
      lock.close();
      throw Schema.unusable(file, e);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static void takeOverJournal(Path file, Database.Opener opener)
      throws SQLException, IOException {
    Path journal = JournalFile.beside(file);
    ByteBuffer held = JournalFile.read(journal);
    try (Database database = opener.open()) {
      for (Batch batch : JournalFile.after(database.sequence(), held, journal)) {
        database.commit(batch);
        if (!batch.isEmpty()) {
          log.info("{}: {} calls of a gateway that was killed", journal, batch.calls());
        }
      }
    }
  }

  private static FolderLock lock(Path folder) throws IOException {
    try {
      return FolderLock.take(DataFolder.create(folder));
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "permission denied" : e.getReason();
      throw new IOException(
          "the folder %s, where usage is recorded, cannot be written: %s. Make it writable (the key file in it may be read-only), or set DATA_FILE to one that is"
              .formatted(folder, reason),
          e);
    }
  }

  @Override
  public void record(UsageRecord usage, Runnable committed) {
    if (writer.journal(usage)) {
      recorded(usage);
      committed.run();
      return;
    }
    writer.add(
        usage,
        () -> {
          recorded(usage);
          committed.run();
        });
  }

  @Override
  public @Nullable String trouble() {
    LedgerFault fault = writer.health().fault();
    return fault == null ? null : fault.reason();
  }

  /** The same at length, for operators; null when all is well. */
  public @Nullable String troubleDetail() {
    LedgerFault fault = writer.health().fault();
    return fault == null
        ? null
        : "usage ledger " + file + ": " + fault.reason() + " (" + fault.detail() + ")";
  }

  /** How it is doing. */
  public LedgerStats stats() {
    return writer.stats();
  }

  /** What a key has used, as far as it is on record. */
  public Account account(String keyId) {
    RunningAccount account = accounts.get(keyId);
    return account == null ? Account.UNUSED : account.now();
  }

  /** The ids of the keys that were ever used. */
  public Collection<String> usedKeys() {
    List<String> used = new ArrayList<>();
    accounts.forEach((id, account) -> {
      if (account.now().lastUsed() != null) {
        used.add(id);
      }
    });
    return used;
  }

  /**
   * Takes over the usage that a key brought along, if this ledger has never seen the key. Does not
   * block.
   *
   * @return whether it did
   */
  public boolean importOnce(String keyId, KeyUsage usage) {
    Account brought = new Account(usage.lifetimeTokens(), usage.lastUsed());
    RunningAccount known = accounts.putIfAbsent(keyId, new RunningAccount(brought));
    if (known != null) {
      if (!notImportedYet.remove(keyId)) {
        return false;
      }
      known.add(brought);
    }
    writer.add(keyId, usage);
    return true;
  }

  /** {@inheritDoc} Blocks: it reads the file. */
  @Override
  public void replay(long sinceEpochMillis, Sink sink) {
    try (Connection connection = LedgerFile.openForWriting(file);
        PreparedStatement minutes =
            connection.prepareStatement(
                "SELECT key_id, minute * 60000 + 30000, input + output FROM minute_usage WHERE"
                    + " minute >= ? / 60000");
        // None this young, unless the clock was once ahead when they were rolled up.
        PreparedStatement hours =
            connection.prepareStatement(
                "SELECT key_id, last_used, input + output FROM hour_usage WHERE last_used >= ?");
        PreparedStatement windows =
            connection.prepareStatement(
                "SELECT key_id, started, tokens FROM imported_window WHERE started >= ?")) {
      for (PreparedStatement each : new PreparedStatement[] {minutes, hours, windows}) {
        each.setLong(1, sinceEpochMillis);
        try (ResultSet rows = each.executeQuery()) {
          while (rows.next()) {
            sink.used(rows.getString(1), rows.getLong(2), rows.getLong(3));
          }
        }
      }
    } catch (SQLException e) {
      throw new UncheckedIOException(Schema.unusable(file, e));
    }
  }

  /**
   * Waits until all that was recorded before is in the database, for some seconds at most; not
   * while the ledger is in trouble.
   */
  public void flush() {
    if (writer.health().fault() != null) {
      return;
    }
    CountDownLatch done = new CountDownLatch(1);
    writer.mark(done::countDown);
    try {
      var _ = done.await(LedgerWriter.LAST_TRIES.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Commits what was recorded and lets go of the folder. Blocks for some seconds at most. */
  @Override
  public void close() {
    writer.close();
    try {
      lock.close();
    } catch (IOException e) {
      // The process ends, and the lock with it.
    }
  }

  private void loadAccounts() throws SQLException {
    try (Connection connection = LedgerFile.openForWriting(file);
        Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery("SELECT key_id, tokens, last_used FROM account")) {
        while (rows.next()) {
          long millis = rows.getLong(3);
          // At once: it speaks of the column that was read last.
          Instant lastUsed = rows.wasNull() ? null : Instant.ofEpochMilli(millis);
          accounts.put(
              rows.getString(1), new RunningAccount(new Account(rows.getLong(2), lastUsed)));
        }
      }
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT key_id, sum(input + output), max(last_used) FROM minute_usage GROUP BY"
                  + " key_id")) {
        while (rows.next()) {
          add(rows.getString(1), rows.getLong(2), rows.getLong(3));
        }
      }
    }
  }

  private void recorded(UsageRecord call) {
    add(call.keyId(), Batch.tokens(call), call.epochMillis());
  }

  private void add(String keyId, long tokens, long lastUsedMillis) {
    RunningAccount account = accounts.get(keyId);
    if (account == null) {
      account = accounts.computeIfAbsent(keyId, any -> new RunningAccount(Account.UNUSED));
    }
    account.add(tokens, lastUsedMillis);
  }
}
