package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.UsageWindow;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerTest {
  private static final KeyUsage BROUGHT =
      new KeyUsage(
          5_000,
          Instant.parse("2026-01-18T09:17:31Z"),
          List.of(new UsageWindow(Instant.parse("2026-01-18T09:17:31Z"), 902)));

  private final FakeTicker ticker = new FakeTicker();
  @TempDir Path temporary;
  private LedgerFolder folder;

  @BeforeEach
  void setUp() {
    folder = new LedgerFolder(temporary.resolve("data"), ticker);
  }

  private List<String> replay(SqliteLedger ledger, Duration back) {
    List<String> got = new ArrayList<>();
    ledger.replay(
        ticker.now().minus(back).toEpochMilli(),
        (id, at, tokens) -> got.add(id + " " + Instant.ofEpochMilli(at) + " " + tokens));
    return got;
  }

  @Test
  void record_isThereAfterARestart() throws IOException {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "glm-4.7", 10, 5));
      assertThat(ledger.account("a")).isEqualTo(new Account(15, FakeTicker.START));
      assertThat(ledger.account("nobody")).isEqualTo(Account.UNUSED);
      assertThat(ledger.usedKeys()).containsExactly("a");
    }
    ticker.advance(Duration.ofHours(1));
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a")).isEqualTo(new Account(15, FakeTicker.START));
      folder.record(ledger, folder.call("a", "glm-4.7", 1, 0));
      assertThat(ledger.account("a")).isEqualTo(new Account(16, ticker.now()));
    }
  }

  @Test
  void rows_areSumsByMinuteKeyAndModel() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      long now = ticker.epochMillis();
      folder.record(ledger, new UsageRecord("a", "glm-4.7", now, new TokenUsage(100, 40, 7, 5), 0));
      folder.record(
          ledger, new UsageRecord("a", "glm-4.7", now + 59_999, new TokenUsage(1, 0, 0, 2), 3));
      folder.record(ledger, folder.call("a", "", 1, 0));
      folder.record(ledger, folder.call("b", "glm-4.7", 2, 0));
      ticker.advance(Duration.ofMinutes(1));
      folder.record(ledger, folder.call("a", "glm-4.7", 3, 0));
      long minute = now / 60_000;
      assertThat(folder.rows("SELECT * FROM minute_usage"))
          .containsExactly(
              minute + " a  1 1 0 0 0 0 " + now,
              minute + " a glm-4.7 2 101 40 7 7 3 " + (now + 59_999),
              minute + " b glm-4.7 1 2 0 0 0 0 " + now,
              minute + 1 + " a glm-4.7 1 3 0 0 0 0 " + (now + 60_000));
    }
  }

  @Test
  void stats_tellWhatWaits_andWhatWasCommitted() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 0; i < 3; i++) {
        folder.record(ledger, folder.call("a", "m", 1, 1));
      }
      ledger.flush();
      LedgerStats stats = ledger.stats();
      assertThat(stats.waitingCalls()).isZero();
      assertThat(stats.commits().counts())
          .satisfies(counts -> assertThat(Arrays.stream(counts).sum()).isPositive());
      assertThat(stats.commits().sum()).isNotNegative();
    }
  }

  @Test
  void hugeCounts_doNotBreakTheLedger() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 0; i < 3; i++) {
        folder.record(ledger, folder.call("a", "m", Long.MAX_VALUE, Long.MAX_VALUE));
      }
      assertThat(ledger.account("a").tokens()).isEqualTo(6L << 40);
      assertThat(ledger.trouble()).isNull();
    }
  }

  @Test
  void importedSums_stopWhereNumbersDo() throws Exception {
    Instant start = Instant.parse("2026-01-18T09:00:00Z");
    long most = 1L << 53;
    KeyUsage huge =
        new KeyUsage(most, start, Collections.nCopies(2_000, new UsageWindow(start, most)));
    try (SqliteLedger ledger = folder.open()) {
      ledger.importOnce("a", huge);
      folder.record(ledger, folder.call("b", "x", 1, 0));
      assertThat(ledger.trouble()).isNull();
      assertThat(folder.rows("SELECT tokens FROM imported_window"))
          .containsExactly(Long.toString(Long.MAX_VALUE / 2));
    }
  }

  @Test
  void clockThatWasAhead_forgetsNoUsage() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "x", 3, 0));
      ticker.stepWallClock(Duration.ofDays(3));
      ticker.advance(Duration.ofSeconds(11));
      folder.record(ledger, folder.call("b", "x", 4, 0));
      assertThat(folder.rows("SELECT count(*) FROM hour_usage")).containsExactly("0");
    }
    // Started with a clock that is ahead, it cannot know better.
    try (SqliteLedger ledger = folder.open()) {
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> {
            ticker.advance(Duration.ofMillis(100));
            folder.record(ledger, folder.call("c", "x", 0, 0));
            assertThat(folder.rows("SELECT key_id FROM hour_usage")).containsExactly("a");
          });
    }
    ticker.stepWallClock(Duration.ofDays(-3));
    try (SqliteLedger ledger = folder.open()) {
      assertThat(replay(ledger, Duration.ofHours(1))).contains("a 2026-01-18T12:00:00Z 3");
    }
  }

  @Test
  void replay_tellsEachMinuteSince() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "x", 1, 1));
      ticker.advance(Duration.ofMinutes(90));
      folder.record(ledger, folder.call("a", "x", 3, 0));
      folder.record(ledger, folder.call("b", "y", 4, 0));
      assertThat(replay(ledger, Duration.ofHours(2)))
          .containsExactlyInAnyOrder(
              "a 2026-01-18T12:00:30Z 2", "a 2026-01-18T13:30:30Z 3", "b 2026-01-18T13:30:30Z 4");
      assertThat(replay(ledger, Duration.ofMinutes(89)))
          .containsExactlyInAnyOrder("a 2026-01-18T13:30:30Z 3", "b 2026-01-18T13:30:30Z 4");
    }
  }

  @Test
  void importOnce_takesWhatAKeyBrings_onceEver() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.importOnce("a", BROUGHT)).isTrue();
      assertThat(ledger.importOnce("a", BROUGHT)).isFalse();
      assertThat(ledger.importOnce("new", KeyUsage.NONE)).isTrue();
      folder.record(ledger, folder.call("a", "x", 1, 1));
      assertThat(ledger.account("a")).isEqualTo(new Account(5_002, ticker.now()));
      assertThat(ledger.usedKeys()).containsExactly("a");
    }
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.importOnce("a", BROUGHT)).isFalse();
      assertThat(ledger.importOnce("new", BROUGHT)).isFalse();
      assertThat(ledger.account("new")).isEqualTo(Account.UNUSED);
      assertThat(ledger.account("a").tokens()).isEqualTo(5_002);
      assertThat(replay(ledger, Duration.ofHours(5)))
          .containsExactlyInAnyOrder("a 2026-01-18T09:17:31Z 902", "a 2026-01-18T12:00:30Z 2");
    }
  }

  @Test
  void rowsOlderThanTwoDays_rollUpIntoHours_andNothingIsLost() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      ledger.importOnce("a", BROUGHT);
      for (int minute = 0; minute < 90; minute++) {
        folder.record(ledger, folder.call("a", "x", 1, 1));
        ticker.advance(Duration.ofMinutes(1));
      }
      ticker.advance(Duration.ofDays(2).minusMinutes(30));
      folder.record(ledger, folder.call("a", "x", 10, 0));
      long hour = FakeTicker.START.getEpochSecond() / 3_600;
      String ofFirstHour = hour + " a x 60 60 0 0 60 0 ";
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> {
            // Each look lets enough time pass for the next minute to be moved.
            ticker.advance(Duration.ofMillis(100));
            folder.record(ledger, folder.call("b", "x", 0, 0));
            assertThat(folder.rows("SELECT * FROM hour_usage"))
                .singleElement()
                .asString()
                .startsWith(ofFirstHour);
          });
      assertThat(folder.rows("SELECT count(*) FROM minute_usage WHERE key_id = 'a'"))
          .containsExactly("31");
      assertThat(folder.rows("SELECT * FROM imported_window")).isEmpty();
      assertThat(ledger.account("a").tokens()).isEqualTo(5_000 + 180 + 10);
    }
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(5_000 + 180 + 10);
    }
  }

  @Test
  void files_areReadableByTheirOwnerOnly() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "x", 1, 1));
      for (String name :
          List.of("usage.db", "usage.db-wal", "usage.db-shm", "usage.lock", "usage.journal")) {
        assertThat(
                PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(folder.path.resolve(name))))
            .as(name)
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void secondLedger_isRefused_untilTheFirstIsClosed() throws IOException {
    try (SqliteLedger first = folder.open()) {
      assertThat(first.trouble()).isNull();
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(folder::open)
          .withMessageContainingAll("another gateway", folder.path.toRealPath().toString());
    }
    folder.open().close();
  }

  @Test
  void damagedFile_isReportedAndLeftAlone() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 0; i < 200; i++) {
        folder.record(ledger, folder.call("key" + i, "model", 1, 1));
      }
    }
    byte[] bytes = Files.readAllBytes(folder.file());
    for (int i = 4_096; i < bytes.length; i += 7) {
      bytes[i] ^= 0x55;
    }
    Files.write(folder.file(), bytes);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContainingAll(folder.file().toString(), "damaged", "backup", "usage.db-wal");
    assertThat(Files.readAllBytes(folder.file())).isEqualTo(bytes);
  }

  @Test
  void damagedFileBesideItsLog_isLeftAlone_withTheLog() throws Exception {
    KilledWriter.in(folder.path);
    byte[] bytes = Files.readAllBytes(folder.file());
    bytes[0] ^= 0x55;
    for (int i = 100; i < bytes.length; i += 7) {
      bytes[i] ^= 0x55;
    }
    Files.write(folder.file(), bytes);
    Path log = folder.path.resolve("usage.db-wal");
    byte[] logged = Files.readAllBytes(log);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContaining("damaged");
    assertThat(Files.readAllBytes(folder.file())).isEqualTo(bytes);
    assertThat(Files.readAllBytes(log)).isEqualTo(logged);
  }

  @Test
  void whatIsNoDatabase_isReportedAndLeftAlone() throws Exception {
    Files.createDirectories(folder.path);
    String text = "These are notes of mine, not a database at all.\n".repeat(200);
    Files.writeString(folder.file(), text);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContaining("damaged");
    assertThat(Files.readString(folder.file())).isEqualTo(text);
  }

  @Test
  void anotherProgramsDatabase_isRefused() throws Exception {
    Files.createDirectories(folder.path);
    Files.createFile(folder.file());
    folder.execute("CREATE TABLE theirs (x)");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContaining("not a usage ledger");
  }

  @Test
  void newerSchema_isRefused() throws Exception {
    folder.open().close();
    folder.execute("PRAGMA user_version = " + (Schema.VERSION + 1));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContaining("newer Tallygate");
  }

  @Test
  void folderThatCannotBeMade_isRefusedWithWhatToDo() throws Exception {
    Files.writeString(folder.path, "a file where the folder should be");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContainingAll(folder.path.toString(), "DATA_FILE");
  }

  @Test
  void folderNameWithQuestionMarkAndSpace_isOpened() throws Exception {
    LedgerFolder odd = new LedgerFolder(temporary.resolve("da ta?mode=memory#%41ä"), ticker);
    try (SqliteLedger ledger = odd.open()) {
      odd.record(ledger, odd.call("a", "x", 1, 1));
    }
    assertThat(odd.file()).exists();
    try (SqliteLedger ledger = odd.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(2);
    }
  }

  @Test
  void record_fromManyThreads_losesNothing() throws Exception {
    int threads = 8;
    int calls = 5_000;
    CountDownLatch committed = new CountDownLatch(threads * calls);
    try (SqliteLedger ledger = folder.open()) {
      List<Thread> running = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        running.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < calls; i++) {
                    ledger.record(folder.call("k" + i % 3, "x", 1, 2), committed::countDown);
                  }
                }));
      }
      for (Thread thread : running) {
        thread.join();
      }
      committed.await();
      ledger.flush();
      assertThat(folder.rows("SELECT sum(requests), sum(input), sum(output) FROM minute_usage"))
          .containsExactly("40000 40000 80000");
      assertThat(
              ledger.account("k0").tokens()
                  + ledger.account("k1").tokens()
                  + ledger.account("k2").tokens())
          .isEqualTo(120_000);
    }
  }

  @Test
  void close_commitsWhatIsQueued() throws Exception {
    CountDownLatch committed = new CountDownLatch(1_000);
    SqliteLedger ledger = folder.open();
    for (int i = 0; i < 1_000; i++) {
      ledger.record(folder.call("a", "x", 1, 0), committed::countDown);
    }
    ledger.close();
    assertThat(committed.getCount()).isZero();
    assertThat(folder.rows("SELECT sum(requests) FROM minute_usage")).containsExactly("1000");
  }

  /** What a gateway has left that was killed while its second batch was being committed. */
  private void leaveJournal(long number, int first, int second) throws IOException {
    Journal journal = new Journal(folder.path.resolve("usage.journal"), number);
    for (int i = 0; i < first; i++) {
      journal.add(folder.call("a", "x", 1, 0));
    }
    journal.take();
    for (int i = 0; i < second; i++) {
      journal.add(folder.call("a", "x", 1_000, 0));
    }
  }

  private long sequence() throws Exception {
    return Long.parseLong(folder.rows("SELECT sequence FROM progress").getFirst());
  }

  private List<String> sums() throws Exception {
    return folder.rows("SELECT sum(requests), sum(input) FROM minute_usage");
  }

  @Test
  void journalOfAKilledGateway_isTakenOverOnce() throws Exception {
    folder.open().close();
    leaveJournal(sequence() + 1, 3, 2);
    for (int start = 0; start < 3; start++) {
      try (SqliteLedger ledger = folder.open()) {
        assertThat(ledger.account("a").tokens()).isEqualTo(2_003);
        assertThat(sums()).containsExactly("5 2003");
        assertThat(replay(ledger, Duration.ofHours(1)))
            .containsExactly("a 2026-01-18T12:00:30Z 2003");
      }
      assertThat(folder.path.resolve("usage.journal")).doesNotExist();
    }
  }

  @Test
  void startThatIsKilledBetweenTwoBatches_isFollowedByOneThatTakesTheRest() throws Exception {
    folder.open().close();
    long number = sequence() + 1;
    leaveJournal(number, 3, 2);
    byte[] journal = Files.readAllBytes(folder.path.resolve("usage.journal"));
    try (SqliteDatabase database = new SqliteDatabase(folder.file())) {
      Batch first =
          JournalFile.after(
                  number - 1,
                  JournalFile.read(folder.path.resolve("usage.journal")),
                  folder.path.resolve("usage.journal"))
              .getFirst();
      database.commit(first);
    }
    Files.write(folder.path.resolve("usage.journal"), journal);
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(2_003);
    }
    assertThat(sums()).containsExactly("5 2003");
  }

  @Test
  void olderDatabaseBesideANewerJournal_takesItOver_andGoesOnBehindIt() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "x", 1_000_000, 0));
    }
    leaveJournal(sequence() + 1_000, 3, 2);
    long newest = sequence() + 1_001;
    try (SqliteLedger ledger = folder.open()) {
      assertThat(sequence()).isEqualTo(newest);
      folder.record(ledger, folder.call("a", "x", 5_000, 0));
      assertThat(sequence()).isGreaterThan(newest);
    }
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(1_007_003);
    }
    assertThat(sums()).containsExactly("7 1007003");
  }

  @Test
  void newerDatabaseBesideAnOlderJournal_takesNothingFromIt() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 0; i < 5; i++) {
        folder.record(ledger, folder.call("a", "x", 1, 0));
      }
    }
    assertThat(sequence()).isGreaterThanOrEqualTo(5);
    leaveJournal(sequence() - 1, 3, 2);
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(5);
      folder.record(ledger, folder.call("a", "x", 10, 0));
    }
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("a").tokens()).isEqualTo(15);
    }
    assertThat(sums()).containsExactly("6 15");
  }

  @Test
  void journalThatIsNone_keepsTheLedgerFromOpening_andIsLeftAlone() throws Exception {
    folder.open().close();
    Path journal = folder.path.resolve("usage.journal");
    Files.writeString(journal, "These are notes of mine.");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(folder::open)
        .withMessageContainingAll(journal.toString(), "no journal", "move it away");
    assertThat(journal).hasContent("These are notes of mine.");
    Files.delete(journal);
    folder.open().close();
  }

  @Test
  void callOfAKeyThatBringsUsage_isNotOnRecordBeforeIt() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    Database.Opener opener = () -> new SlowToImport(new SqliteDatabase(folder.file()), hang);
    try (SqliteLedger ledger = folder.open(opener, Duration.ofMillis(200))) {
      assertThat(ledger.importOnce("a", BROUGHT)).isTrue();
      CompletableFuture<Void> committed = folder.committed(ledger, folder.call("a", "x", 1, 0));
      assertThat(
              JournalFile.after(
                  0,
                  JournalFile.read(folder.path.resolve("usage.journal")),
                  folder.path.resolve("usage.journal")))
          .allMatch(Batch::isEmpty);
      assertThat(committed).isNotDone();
      hang.countDown();
      committed.orTimeout(10, TimeUnit.SECONDS).join();
      ledger.flush();
      assertThat(folder.rows("SELECT tokens FROM account")).containsExactly("5000");
      // With no import waiting, the next one is on file at once.
      assertThat(folder.committed(ledger, folder.call("a", "x", 1, 0))).isCompleted();
    }
  }

  /** A database whose imports take until they may be. */
  private record SlowToImport(Database database, CountDownLatch until) implements Database {
    @Override
    public long sequence() {
      return database.sequence();
    }

    @Override
    public void commit(Batch batch) throws SQLException {
      if (!batch.imports().isEmpty()) {
        try {
          until.await();
        } catch (InterruptedException e) {
          throw new SQLException(e);
        }
      }
      database.commit(batch);
    }

    @Override
    public boolean rollUp(long beforeMinute) throws SQLException {
      return database.rollUp(beforeMinute);
    }

    @Override
    public void checkFile() throws IOException {
      database.checkFile();
    }

    @Override
    public void close() throws SQLException {
      database.close();
    }
  }

  @Test
  void processThatIsKilledWhileManyThreadsRecord_leavesWhatWasToldCommitted() throws Exception {
    Random random = new Random();
    for (int kill = 0; kill < 3; kill++) {
      LedgerFolder killed = new LedgerFolder(temporary.resolve("killed" + kill), ticker);
      Path counted = temporary.resolve("counts" + kill);
      long last = 1L + random.nextInt(60_000);
      KilledWriter.run(
          KilledThreads.class, killed.path.toString(), counted.toString(), Long.toString(last));
      LongBuffer counts = KilledThreads.counts(counted);
      try (SqliteLedger ledger = killed.open()) {
        for (int thread = 0; thread < KilledThreads.THREADS; thread++) {
          assertThat(ledger.account("t" + thread).tokens())
              .as("of thread %d, killed at call %d", thread, last)
              .isBetween(counts.get(2 * thread + 1), counts.get(2 * thread));
        }
        assertThat(ledger.account("t0").tokens()).isEqualTo(last);
      }
    }
  }
}
