package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger when its database fails, hangs, or vanishes. */
class LedgerTroubleTest {
  private static final int FULL = 13;
  private static final int IO_ERROR = 10;

  private final FakeTicker ticker = new FakeTicker();
  @TempDir Path temporary;
  private LedgerFolder folder;
  private Faults faults;
  private SqliteLedger ledger;

  /** What goes wrong. */
  private static final class Faults {
    volatile boolean fail;
    volatile int code = FULL;
    volatile boolean failAfterCommitting;
    final CountDownLatch hang = new CountDownLatch(1);
    volatile boolean hangs;
    volatile boolean hangsInRollUp;
    volatile boolean dies;
    volatile boolean refusesImports;
    final AtomicInteger failures = new AtomicInteger();
    final List<Long> committed = new CopyOnWriteArrayList<>();

    void await() throws SQLException {
      try {
        hang.await();
      } catch (InterruptedException e) {
        throw new SQLException(e);
      }
    }
  }

  /** A real database that fails on demand. */
  private record Faulty(Database database, Faults faults) implements Database {
    @Override
    public long sequence() {
      return database.sequence();
    }

    @Override
    public void commit(Batch batch) throws SQLException {
      if (faults.hangs) {
        faults.await();
      }
      if (!batch.imports().isEmpty() && faults.refusesImports) {
        throw new SQLException("constraint failed", "", 19);
      }
      if (faults.fail) {
        faults.failures.incrementAndGet();
        throw new SQLException("injected", "", faults.code);
      }
      database.commit(batch);
      faults.committed.add(batch.number());
      if (faults.failAfterCommitting) {
        faults.failAfterCommitting = false;
        throw new SQLException("disk I/O error", "", 10);
      }
    }

    @Override
    public boolean rollUp(long beforeMinute) throws SQLException {
      if (faults.hangsInRollUp) {
        faults.await();
      }
      if (faults.dies) {
        throw new StackOverflowError("on purpose");
      }
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

  @BeforeEach
  void setUp() throws IOException {
    folder = new LedgerFolder(temporary, ticker);
    faults = new Faults();
    ledger = open(Duration.ZERO);
  }

  @AfterEach
  void tearDown() {
    faults.fail = false;
    faults.hang.countDown();
    ledger.close();
  }

  @Test
  void fullDisk_isTroubleUntilItIsOver_andNothingIsLostOrDoubled() throws Exception {
    folder.record(ledger, folder.call("a", "x", 1, 0));
    faults.fail = true;
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      waiting.add(folder.committed(ledger, folder.call("a", "x", 10, 0)));
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> faults.failures.get() >= 2);
    assertThat(ledger.trouble()).isEqualTo("its disk is full");
    assertThat(ledger.troubleDetail()).contains(folder.file().toString(), "disk is full");
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    assertThat(ledger.account("a").tokens()).isEqualTo(1);
    faults.fail = false;
    CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new))
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
    assertThat(ledger.account("a").tokens()).isEqualTo(101);
    assertThat(folder.rows("SELECT sum(requests), sum(input) FROM minute_usage"))
        .containsExactly("11 101");
  }

  @Test
  void otherErrorsAfterAFullDisk_areStillTheFullDisk_untilItIsOver() {
    faults.fail = true;
    CompletableFuture<Void> waiting = folder.committed(ledger, folder.call("a", "x", 7, 0));
    awaitTrouble("its disk is full");
    faults.code = IO_ERROR;
    int before = faults.failures.get();
    await().atMost(Duration.ofSeconds(10)).until(() -> faults.failures.get() > before + 1);
    assertThat(ledger.trouble()).isEqualTo("its disk is full");
    faults.fail = false;
    waiting.orTimeout(10, TimeUnit.SECONDS).join();
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
    faults.fail = true;
    waiting = folder.committed(ledger, folder.call("a", "x", 7, 0));
    awaitTrouble("reading or writing it fails");
    faults.fail = false;
    waiting.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private void awaitTrouble(String reason) {
    await().atMost(Duration.ofSeconds(10)).until(() -> reason.equals(ledger.trouble()));
  }

  @Test
  void commitThatHappenedButFailed_isNotRepeated() throws Exception {
    faults.failAfterCommitting = true;
    folder.record(ledger, folder.call("a", "x", 7, 0));
    assertThat(ledger.account("a").tokens()).isEqualTo(7);
    folder.record(ledger, folder.call("a", "x", 1, 0));
    assertThat(folder.rows("SELECT sum(requests), sum(input) FROM minute_usage"))
        .containsExactly("2 8");
  }

  @Test
  void hangingDisk_isTroubleAfterSeconds_andPasses() {
    faults.hangs = true;
    CompletableFuture<Void> waiting = folder.committed(ledger, folder.call("a", "x", 7, 0));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofSeconds(1));
          return "its disk does not answer".equals(ledger.trouble());
        });
    assertThat(waiting).isNotDone();
    faults.hangs = false;
    faults.hang.countDown();
    waiting.orTimeout(10, TimeUnit.SECONDS).join();
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
  }

  @Test
  void vanishedFile_isTrouble_andIsNeverBegunAnew() throws Exception {
    folder.record(ledger, folder.call("a", "x", 1, 0));
    Path aside = temporary.resolve("aside.db");
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.move(temporary.resolve("usage.db" + suffix), temporary.resolve("aside.db" + suffix));
    }
    ticker.advance(Duration.ofSeconds(2));
    ledger.record(folder.call("a", "x", 2, 0), () -> {});
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() != null);
    assertThat(folder.file()).doesNotExist();
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.move(Path.of(aside + suffix), temporary.resolve("usage.db" + suffix));
    }
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
    folder.record(ledger, folder.call("a", "x", 4, 0));
    assertThat(folder.rows("SELECT sum(input) FROM minute_usage")).containsExactly("7");
  }

  @Test
  void olderCopyPutInItsPlace_isRefused() throws Exception {
    Path backup = temporary.resolve("backup.db");
    folder.execute("VACUUM INTO '" + backup + "'");
    for (int i = 0; i < 3; i++) {
      folder.record(ledger, folder.call("a", "x", 1, 0));
    }
    Files.move(backup, folder.file(), StandardCopyOption.REPLACE_EXISTING);
    Files.delete(temporary.resolve("usage.db-wal"));
    Files.delete(temporary.resolve("usage.db-shm"));
    ticker.advance(Duration.ofSeconds(2));
    ledger.record(folder.call("b", "x", 2, 0), () -> {});
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(ledger.troubleDetail()).contains("restart the gateway"));
    assertThat(folder.rows("SELECT count(*) FROM minute_usage WHERE key_id = 'b'"))
        .containsExactly("0");
  }

  @Test
  void callsOfAnInterval_areCommittedTogether_whenItIsOver() throws Exception {
    openWithJournal();
    for (int i = 0; i < 3; i++) {
      assertThat(folder.committed(ledger, folder.call("a", "x", 1, 0))).isCompleted();
    }
    assertThat(ledger.account("a").tokens()).isEqualTo(3);
    assertThat(faults.committed).isEmpty();
    // Once to let the writer see the calls, which begin the interval.
    awaitCommits(1);
    assertThat(folder.rows("SELECT requests, input FROM minute_usage")).containsExactly("3 3");
    assertThat(folder.committed(ledger, folder.call("a", "x", 1, 0))).isCompleted();
    awaitCommits(2);
    assertThat(folder.rows("SELECT requests, input FROM minute_usage")).containsExactly("4 4");
  }

  private void awaitCommits(int count) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofMillis(100));
          return faults.committed.size() >= count;
        });
    assertThat(faults.committed).hasSize(count);
  }

  @Test
  void syncOfZero_commitsEachCallBeforeItIsToldSo() throws Exception {
    for (int i = 1; i <= 3; i++) {
      folder.committed(ledger, folder.call("a", "x", 1, 0)).orTimeout(10, TimeUnit.SECONDS).join();
      assertThat(folder.rows("SELECT requests FROM minute_usage"))
          .containsExactly(Integer.toString(i));
    }
  }

  @Test
  void commitThatFailedAndHappened_isFollowedByOneThatDoesNotFail() throws Exception {
    faults.failAfterCommitting = true;
    folder.record(ledger, folder.call("a", "x", 5, 0));
    assertThat(faults.committed.subList(0, 2)).containsOnly(faults.committed.getFirst());
    assertThat(folder.rows("SELECT requests, input FROM minute_usage")).containsExactly("1 5");
  }

  @Test
  void journaledCall_isOnRecord_whileTheDatabaseFails_andOnceAfterwards() throws Exception {
    openWithJournal();
    faults.fail = true;
    assertThat(folder.committed(ledger, folder.call("a", "x", 7, 0))).isCompleted();
    ticker.advance(Duration.ofSeconds(1));
    awaitTroubleOfPassingTime("its disk is full");
    assertThat(folder.committed(ledger, folder.call("a", "x", 1, 0))).isCompleted();
    assertThat(ledger.account("a").tokens()).isEqualTo(8);
    faults.failAfterCommitting = true;
    faults.fail = false;
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
    ledger.flush();
    assertThat(folder.rows("SELECT sum(requests), sum(input) FROM minute_usage"))
        .containsExactly("2 8");
  }

  @Test
  void callsThatTheDatabaseNeverTook_areThereAfterAStart() throws Exception {
    openWithJournal();
    faults.fail = true;
    for (int i = 0; i < 5; i++) {
      ledger.record(folder.call("a", "x", 1, 0), () -> {});
    }
    Thread passing = Thread.ofVirtual().start(this::passTime);
    ledger.close();
    passing.interrupt();
    passing.join();
    assertThat(folder.rows("SELECT * FROM minute_usage")).isEmpty();
    assertThat(temporary.resolve("usage.journal")).exists();
    faults.fail = false;
    ledger = open(Duration.ofMillis(200));
    assertThat(ledger.account("a").tokens()).isEqualTo(5);
    assertThat(folder.rows("SELECT requests, input FROM minute_usage")).containsExactly("5 5");
    ledger.close();
    assertThat(temporary.resolve("usage.journal")).doesNotExist();
    ledger = open(Duration.ZERO);
    assertThat(ledger.account("a").tokens()).isEqualTo(5);
  }

  /** For a writer that gives up after a while. */
  private void passTime() {
    for (int i = 0; i < 1_000 && !Thread.currentThread().isInterrupted(); i++) {
      ticker.advance(Duration.ofMillis(100));
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  @Test
  void journalWithoutRoom_letsCallsWaitForTheDatabase_andLosesNone() throws Exception {
    openWithJournal();
    faults.fail = true;
    int calls = 40_000;
    CountDownLatch committed = new CountDownLatch(calls);
    for (int i = 0; i < calls; i++) {
      ledger.record(folder.call("a", "x", 1, 0), committed::countDown);
    }
    assertThat(committed.getCount()).as("waiting for room").isPositive().isLessThan(calls);
    faults.fail = false;
    assertThat(committed.await(10, TimeUnit.SECONDS)).isTrue();
    ledger.flush();
    assertThat(folder.rows("SELECT sum(requests) FROM minute_usage")).containsExactly("40000");
    assertThat(ledger.account("a").tokens()).isEqualTo(calls);
  }

  @Test
  void journalThatSomebodyRemoves_isMadeAnew_withWhatItHeld() throws Exception {
    openWithJournal();
    faults.fail = true;
    ledger.record(folder.call("a", "x", 1, 0), () -> {});
    Path journal = temporary.resolve("usage.journal");
    Files.delete(journal);
    faults.fail = false;
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofSeconds(1));
          return Files.exists(journal);
        });
    folder.record(ledger, folder.call("a", "x", 2, 0));
    assertThat(folder.rows("SELECT sum(input) FROM minute_usage")).containsExactly("3");
  }

  private void openWithJournal() throws IOException {
    ledger.close();
    faults.committed.clear();
    ledger = open(Duration.ofMillis(200));
  }

  private SqliteLedger open(Duration sync) throws IOException {
    return folder.open(() -> new Faulty(new SqliteDatabase(folder.file()), faults), sync);
  }

  private void awaitTroubleOfPassingTime(String reason) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofMillis(100));
          return reason.equals(ledger.trouble());
        });
  }

  @Test
  void diskThatHangsBetweenCommits_isTroubleToo() {
    faults.hangsInRollUp = true;
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofSeconds(5));
          return "its disk does not answer".equals(ledger.trouble());
        });
    faults.hangsInRollUp = false;
    faults.hang.countDown();
    await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
  }

  @Test
  void writerThatDies_isTroubleForGood() {
    faults.dies = true;
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          ticker.advance(Duration.ofSeconds(5));
          return "it has failed".equals(ledger.trouble());
        });
  }

  @Test
  void usageInTheKeyFile_thatTheDatabaseRefuses_keepsNoCallFromBeingRecorded() throws Exception {
    faults.refusesImports = true;
    KeyUsage brought = new KeyUsage(5, ticker.now(), List.of());
    assertThat(ledger.importOnce("odd", brought)).isTrue();
    folder.record(ledger, folder.call("a", "x", 7, 0));
    assertThat(folder.rows("SELECT key_id, input FROM minute_usage")).containsExactly("a 7");
    assertThat(folder.rows("SELECT key_id FROM account")).isEmpty();
    assertThat(ledger.trouble()).isNull();
  }

  @Test
  void logThatSomebodyRemoves_isWrittenIntoTheFile_andBegunAnew() throws Exception {
    folder.record(ledger, folder.call("a", "x", 1, 0));
    Files.delete(temporary.resolve("usage.db-wal"));
    Files.delete(temporary.resolve("usage.db-shm"));
    ticker.advance(Duration.ofSeconds(2));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> Files.exists(temporary.resolve("usage.db-wal")));
    folder.record(ledger, folder.call("a", "x", 2, 0));
    assertThat(folder.rows("SELECT sum(input) FROM minute_usage")).containsExactly("3");
    ledger.close();
    assertThat(folder.rows("SELECT sum(input) FROM minute_usage")).containsExactly("3");
  }

  @Test
  void lockThatSomebodyRemoves_isTakenAnew_soThatASecondLedgerIsStillRefused() throws Exception {
    Path lock = temporary.resolve("usage.lock");
    Files.delete(lock);
    ticker.advance(Duration.ofSeconds(2));
    await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(lock));
    assertThat(ledger.trouble()).isNull();
  }

  @Test
  void troubleThatComesAndGoes_isToldOnce_andTroubleThatStaysIsToldAgain() {
    LedgerHealth health = new LedgerHealth(ticker);
    try (LogLines lines = new LogLines()) {
      for (int i = 0; i < 20; i++) {
        health.failed(new SQLException("database or disk is full", "", FULL));
        health.recovered();
        ticker.advance(Duration.ofMillis(250));
      }
      assertThat(health.fault()).isNull();
      assertThat(lines.containing("cannot be recorded")).hasSize(1);
      assertThat(lines.containing("recorded again")).hasSize(1);
      ticker.advance(Duration.ofSeconds(30));
      health.failed(new SQLException("database or disk is full", "", FULL));
      assertThat(lines.containing("cannot be recorded")).hasSize(2);
    }
  }
}
