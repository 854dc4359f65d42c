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
    final List<Boolean> durable = new CopyOnWriteArrayList<>();

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
    public void commit(Batch batch, long number, boolean durable) throws SQLException {
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
      database.commit(batch, number, durable);
      faults.durable.add(durable);
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
    ledger = folder.open(() -> new Faulty(new SqliteDatabase(folder.file()), faults));
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
  void commits_areMadeSafeFromAPowerCut_onceAnInterval() {
    folder.record(ledger, folder.call("a", "x", 1, 0));
    folder.record(ledger, folder.call("a", "x", 1, 0));
    assertThat(faults.durable).containsOnly(false);
    ticker.advance(Duration.ofMillis(200));
    folder.record(ledger, folder.call("a", "x", 1, 0));
    folder.record(ledger, folder.call("a", "x", 1, 0));
    assertThat(faults.durable).filteredOn(each -> each).hasSize(1);
  }

  @Test
  void syncOfZero_makesEachCommitSafe() throws IOException {
    ledger.close();
    faults.durable.clear();
    ledger =
        SqliteLedger.open(
            temporary,
            () -> new Faulty(new SqliteDatabase(folder.file()), faults),
            Duration.ZERO,
            ticker);
    for (int i = 0; i < 3; i++) {
      folder.record(ledger, folder.call("a", "x", 1, 0));
    }
    assertThat(faults.durable).hasSize(3).containsOnly(true);
  }

  @Test
  void safeCommitThatFailedAndHappened_isFollowedByOneThatDoesNotFail() throws Exception {
    ledger.close();
    ledger =
        SqliteLedger.open(
            temporary,
            () -> new Faulty(new SqliteDatabase(folder.file()), faults),
            Duration.ZERO,
            ticker);
    faults.durable.clear();
    faults.failAfterCommitting = true;
    folder.record(ledger, folder.call("a", "x", 5, 0));
    assertThat(faults.durable).containsExactly(true, true);
    assertThat(folder.rows("SELECT requests, input FROM minute_usage")).containsExactly("1 5");
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
