package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageRecord;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LedgerReaderTest {
  private final FakeTicker ticker = new FakeTicker();
  @TempDir Path temporary;
  private LedgerFolder folder;
  private LedgerReader reader;

  @BeforeEach
  void setUp() throws IOException {
    folder = new LedgerFolder(Files.createDirectory(temporary.resolve("data")), ticker);
    reader = new LedgerReader(folder.path);
  }

  private UsageReport read(String since, UsageGrouping by) throws IOException {
    return reader.read(null, Instant.parse(since), by);
  }

  private static List<String> totals(UsageReport report) {
    return report.rows().stream().map(row -> row.group() + " " + row.total()).toList();
  }

  /** The names in the folder, and what their files were like. */
  private Map<String, Object> files() throws IOException {
    Map<String, Object> found = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder.path)) {
      for (Path file : all.toList()) {
        found.put(
            file.getFileName().toString(),
            Files.readAttributes(file, "unix:ino,size,lastModifiedTime"));
      }
    }
    return found;
  }

  private void recordAt(SqliteLedger ledger, String time, String keyId, String model, long input) {
    folder.record(
        ledger,
        new UsageRecord(
            keyId, model, Instant.parse(time).toEpochMilli(), new TokenUsage(input, 0, 0, 0), 0));
  }

  @Test
  void row_hasEveryColumn() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      long now = ticker.epochMillis();
      folder.record(ledger, new UsageRecord("a", "x", now + 1, new TokenUsage(100, 40, 7, 5), 0));
      folder.record(ledger, new UsageRecord("a", "y", now + 61_000, new TokenUsage(1, 0, 0, 2), 3));
      UsageRow expected =
          new UsageRow(List.of("a"), 2, 101, 40, 7, 7, 3, FakeTicker.START.plusSeconds(61));
      UsageReport report = read("2026-01-18T12:00:00Z", UsageGrouping.KEY);
      assertThat(report.rows()).containsExactly(expected);
      assertThat(expected.total()).isEqualTo(108);
      assertThat(report.total())
          .isEqualTo(new UsageRow(List.of("total"), 2, 101, 40, 7, 7, 3, expected.lastUsed()));
    }
  }

  @Test
  void groups_areKeysAndModelsByUse_andHoursByTime() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-18T10:59:59Z", "a", "x", 1);
      recordAt(ledger, "2026-01-18T11:00:00Z", "b", "x", 20);
      recordAt(ledger, "2026-01-18T11:59:00Z", "c", "", 20);
      recordAt(ledger, "2026-01-18T12:00:00Z", "a", "y", 300);
      String since = "2026-01-18T10:00:00Z";
      assertThat(totals(read(since, UsageGrouping.KEY))).containsExactly("a 301", "b 20", "c 20");
      assertThat(totals(read(since, UsageGrouping.MODEL))).containsExactly("y 300", "x 21", " 20");
      assertThat(totals(read(since, UsageGrouping.HOUR)))
          .containsExactly(
              "2026-01-18T10:00:00Z 1", "2026-01-18T11:00:00Z 40", "2026-01-18T12:00:00Z 300");
    }
  }

  @Test
  void range_endsAfterTheMinuteOfItsEnd_andTwoGroupingsGoByTimeFirst() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-17T23:59:59Z", "a", "x", 1);
      recordAt(ledger, "2026-01-18T11:00:10Z", "b", "x", 20);
      recordAt(ledger, "2026-01-18T11:00:50Z", "a", "x", 300);
      recordAt(ledger, "2026-01-18T11:59:00Z", "a", "y", 4000);
      recordAt(ledger, "2026-01-18T12:00:00Z", "a", "y", 50_000);
      Instant until = Instant.parse("2026-01-18T11:59:30Z");
      UsageReport report = grouped(until, UsageGrouping.KEY, UsageGrouping.HOUR);
      assertThat(report.until()).isEqualTo("2026-01-18T12:00:00Z");
      assertThat(report.rows().stream().map(row -> row.groups() + " " + row.total()))
          .containsExactly(
              "[a, 2026-01-17T23:00:00Z] 1",
              "[a, 2026-01-18T11:00:00Z] 4300",
              "[b, 2026-01-18T11:00:00Z] 20");
      assertThat(totals(grouped(until, UsageGrouping.MINUTE)))
          .containsExactly(
              "2026-01-17T23:59:00Z 1", "2026-01-18T11:00:00Z 320", "2026-01-18T11:59:00Z 4000");
      assertThat(totals(grouped(until, UsageGrouping.DAY)))
          .containsExactly("2026-01-17T00:00:00Z 1", "2026-01-18T00:00:00Z 4320");
      assertThat(grouped(until, UsageGrouping.KEY, UsageGrouping.MODEL).rows())
          .extracting(UsageRow::groups)
          .containsExactly(List.of("a", "y"), List.of("a", "x"), List.of("b", "x"));
    }
  }

  @Test
  void rowsBeyondTheMost_areLeftOut() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-18T12:00:00Z", "a", "x", 1);
      recordAt(ledger, "2026-01-18T12:00:00Z", "b", "x", 2);
      UsageQuery one = new UsageQuery(null, FakeTicker.START, null, List.of(UsageGrouping.KEY), 1);
      assertThat(totals(reader.read(one))).containsExactly("b 2");
    }
  }

  @Test
  void groupings_areOneOrTwo_andOneTimeAtMost() {
    for (List<UsageGrouping> by :
        List.of(
            List.<UsageGrouping>of(),
            List.of(UsageGrouping.KEY, UsageGrouping.KEY),
            List.of(UsageGrouping.DAY, UsageGrouping.HOUR),
            List.of(UsageGrouping.KEY, UsageGrouping.MODEL, UsageGrouping.HOUR))) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> new UsageQuery(null, FakeTicker.START, null, by, 1));
    }
  }

  private UsageReport grouped(Instant until, UsageGrouping... by) throws IOException {
    return reader.read(new UsageQuery(null, Instant.EPOCH, until, List.of(by), 100));
  }

  @Test
  void since_isTakenToItsMinute() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-18T11:58:59Z", "a", "x", 1);
      recordAt(ledger, "2026-01-18T11:59:00Z", "a", "x", 20);
      UsageReport report = read("2026-01-18T11:59:59.999Z", UsageGrouping.KEY);
      assertThat(report.since()).isEqualTo("2026-01-18T11:59:00Z");
      assertThat(totals(report)).containsExactly("a 20");
    }
  }

  @Test
  void key_isTheOnlyOneWhenAsked_andKnownWhenEverSeen() throws Exception {
    Instant since = FakeTicker.START;
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-18T11:00:00Z", "idle", "x", 1);
      recordAt(ledger, "2026-01-18T12:00:00Z", "a", "x", 20);
      recordAt(ledger, "2026-01-18T12:00:00Z", "b", "y", 300);
      ledger.importOnce("brought", KeyUsage.NONE);
      recordAt(ledger, "2026-01-18T12:00:00Z", "b", "y", 1);
      assertThat(totals(reader.read("a", since, UsageGrouping.MODEL))).containsExactly("x 20");
      for (String known : List.of("idle", "brought")) {
        UsageReport report = reader.read(known, since, UsageGrouping.KEY);
        assertThat(report.rows()).isEmpty();
        assertThat(report.keyKnown()).isTrue();
      }
      assertThat(reader.read("nobody", since, UsageGrouping.KEY).keyKnown()).isFalse();
      assertThat(reader.read(null, since.plusSeconds(60), UsageGrouping.KEY).keyKnown()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:00Z, 2026-01-18T12:00:00Z",
    "2026-01-18T12:00:30Z, 2026-01-18T13:07:10Z",
    "2026-01-17T23:10:00Z, 2026-01-18T12:30:00Z",
    "2026-01-18T05:00:00Z, 2026-01-18T05:00:00Z",
    "2026-01-18T13:00:00Z, 9999-12-31T23:59:59Z",
  })
  void oneKeysReport_isWhatTheReportOfAllSaysOfIt(Instant since, Instant until) throws Exception {
    fill(200, 40);
    folder.execute("DELETE FROM minute_usage WHERE minute % 7 = 0");
    for (UsageGrouping time :
        List.of(UsageGrouping.MINUTE, UsageGrouping.HOUR, UsageGrouping.DAY)) {
      List<UsageGrouping> by = List.of(UsageGrouping.KEY, time);
      List<UsageRow> all = rows(new UsageQuery(null, since, until, by, Integer.MAX_VALUE));
      assertThat(rows(new UsageQuery("k3", since, until, by, Integer.MAX_VALUE)))
          .as("%s", time)
          .isEqualTo(all.stream().filter(row -> row.groups().contains("k3")).toList());
    }
    assertThat(reader.read("k3", Instant.EPOCH, UsageGrouping.MODEL).rows()).hasSize(1);
  }

  private List<UsageRow> rows(UsageQuery query) throws IOException {
    return reader.read(query).rows();
  }

  @Test
  void oneKeysReport_searchesItsRowsOnly() throws Exception {
    fill(1, 1);
    String query = GroupedQuery.of(List.of(UsageGrouping.MODEL), true);
    assertThat(plan(query))
        .contains(
            "SEARCH minute_usage USING PRIMARY KEY (minute=? AND key_id=?)",
            "SEARCH minute_usage USING PRIMARY KEY (minute>? AND minute<?)",
            "SEARCH hour_usage USING PRIMARY KEY (hour=? AND key_id=?)",
            "SEARCH hour_usage USING PRIMARY KEY (hour>? AND hour<?)")
        .noneMatch(step -> step.matches("SCAN (minute|hour)_usage.*"));
    assertThat(plan(GroupedQuery.KNOWN))
        .contains("SEARCH minute_usage USING PRIMARY KEY (minute=? AND key_id=?)")
        .noneMatch(step -> step.matches("SCAN minute_usage.*"));
  }

  @Test
  void everyonesReport_searchesItsTimeOnly() throws Exception {
    fill(1, 1);
    assertThat(plan(GroupedQuery.of(List.of(UsageGrouping.KEY), false)))
        .contains(
            "SEARCH minute_usage USING PRIMARY KEY (minute>? AND minute<?)",
            "SEARCH hour_usage USING PRIMARY KEY (hour>? AND hour<?)")
        .noneMatch(step -> step.matches("SCAN (minute|hour)_usage.*"));
  }

  @Test
  void interrupt_endsAReading() throws Exception {
    fill(2_000, 50);
    Thread.currentThread().interrupt();
    try {
      assertThatExceptionOfType(InterruptedIOException.class)
          .isThrownBy(() -> reader.read(null, Instant.EPOCH, UsageGrouping.MODEL));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(read("2026-01-18T12:00:00Z", UsageGrouping.MODEL).rows()).hasSize(1);
  }

  private List<String> plan(String query) throws Exception {
    return folder
        .rows(
            "EXPLAIN QUERY PLAN "
                + query
                    .replace("journaled", "minute_usage AS journaled")
                    .replace("?1", "1")
                    .replace("?2", "2")
                    .replace("?3", "3")
                    .replace("?4", "'a'"))
        .stream()
        .map(row -> row.replaceFirst("^\\d+ \\d+ \\d+ ", ""))
        .toList();
  }

  /** Fills the tables of a ledger at rest, from 12:00 on, and hours of the days before. */
  private void fill(int minutes, int keys) throws Exception {
    folder.open().close();
    long start = FakeTicker.START.getEpochSecond() / 60;
    folder.execute(
        """
        WITH RECURSIVE m (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m WHERE i < %1$d - 1),
          k (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < %2$d - 1)
        INSERT INTO minute_usage SELECT %3$d + m.i, 'k' || k.i, 'x', 1, 10, 0, 0, 1, 0,
          (%3$d + m.i) * 60000 FROM m, k WHERE (m.i + k.i) %% 3 > 0 OR m.i = 0
        """
            .formatted(minutes, keys, start));
    folder.execute(
        """
        WITH RECURSIVE h (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM h WHERE i < 60),
          k (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < %1$d - 1)
        INSERT INTO hour_usage SELECT %2$d - h.i, 'k' || k.i, 'x', 1, 10, 0, 0, 1, 0,
          (%2$d - h.i) * 3600000 + 60000 * h.i FROM h, k WHERE (h.i + k.i) %% 3 > 0
        """
            .formatted(keys, start / 60));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-18T11:00:00Z, a 4321, '2026-01-18T11:00:00Z 1,2026-01-18T12:00:00Z"
        + " 320,2026-01-21T12:00:00Z 4000'",
    "2026-01-18T11:01:00Z, a 4320, '2026-01-18T12:00:00Z 320,2026-01-21T12:00:00Z 4000'",
    "2026-01-18T12:20:00Z, a 4320, '2026-01-18T12:00:00Z 320,2026-01-21T12:00:00Z 4000'",
    "2026-01-18T12:50:59Z, a 4320, '2026-01-18T12:00:00Z 320,2026-01-21T12:00:00Z 4000'",
    "2026-01-18T12:51:00Z, a 4000, 2026-01-21T12:00:00Z 4000",
  })
  void hourRolledUp_countsWholeWhenItsLastCallIsInTheRange(String since, String key, String hours)
      throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      recordAt(ledger, "2026-01-18T11:00:00Z", "a", "x", 1);
      recordAt(ledger, "2026-01-18T12:10:00Z", "a", "x", 20);
      recordAt(ledger, "2026-01-18T12:50:00Z", "a", "x", 300);
      ticker.advance(Duration.ofDays(3));
      recordAt(ledger, "2026-01-21T12:00:00Z", "a", "x", 4000);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            ticker.advance(Duration.ofMillis(100));
            folder.record(ledger, folder.call("tick", "", 1, 0));
            return folder
                .rows("SELECT count(*) FROM minute_usage WHERE key_id = 'a'")
                .equals(List.of("1"));
          });
      assertThat(folder.rows("SELECT hour, requests FROM hour_usage WHERE key_id = 'a'"))
          .hasSize(2);
      Instant from = Instant.parse(since);
      assertThat(totals(reader.read("a", from, UsageGrouping.KEY))).containsExactly(key);
      assertThat(totals(reader.read("a", from, UsageGrouping.HOUR)))
          .containsExactly(hours.split(","));
    }
  }

  @Test
  void gatewayThatRuns_isReadAsItWrites_andHindersNothing() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 1; i <= 20; i++) {
        CompletableFuture<Void> committed = folder.committed(ledger, folder.call("a", "x", 1, 0));
        read("2026-01-18T12:00:00Z", UsageGrouping.KEY);
        committed.join();
        assertThat(totals(read("2026-01-18T12:00:00Z", UsageGrouping.KEY)))
            .containsExactly("a " + i);
      }
      assertThat(ledger.trouble()).isNull();
      assertThat(files())
          .containsOnlyKeys(
              "usage.db", "usage.db-wal", "usage.db-shm", "usage.journal", "usage.lock");
    }
    assertThat(files()).containsOnlyKeys("usage.db", "usage.lock");
  }

  @Test
  void gatewayThatEnded_isRead_andNothingChanges() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      folder.record(ledger, folder.call("a", "x", 1, 2));
    }
    Map<String, Object> before = files();
    assertThat(totals(read("2026-01-18T12:00:00Z", UsageGrouping.KEY))).containsExactly("a 3");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void gatewayThatWasKilled_isRead_andTheNextOneFindsAll() throws Exception {
    KilledWriter.in(folder.path);
    assertThat(files()).containsKeys("usage.db-wal", "usage.db-shm");
    assertThat(totals(read("2026-01-18T12:00:00Z", UsageGrouping.KEY))).containsExactly("killed 7");
    Files.delete(folder.path.resolve("usage.db-shm"));
    assertThat(totals(read("2026-01-18T12:00:00Z", UsageGrouping.KEY))).containsExactly("killed 7");
    assertThat(files()).containsKey("usage.db-wal");
    try (SqliteLedger ledger = folder.open()) {
      assertThat(ledger.account("killed").tokens()).isEqualTo(7);
    }
  }

  @Test
  void logWhoseIndexCannotBeMade_isToldWithWhatToDo() throws Exception {
    KilledWriter.in(folder.path);
    Path index = folder.path.resolve("usage.db-shm");
    Files.delete(index);
    Files.createSymbolicLink(index, Path.of("nowhere/at-all"));
    assertRefused(
        "usage.db-wal", "usage.db-shm", "cannot be made", "the user who runs the gateway");
  }

  @Test
  void noLedger_isSaid_andNoneIsMade() throws Exception {
    assertRefused("there is no usage ledger", folder.file().toString(), "DATA_FILE");
    assertThat(files()).isEmpty();
    Files.createFile(folder.file());
    assertRefused("there is no usage ledger");
    assertThat(Files.size(folder.file())).isZero();
  }

  @Test
  void damagedLedger_isTold_andLeftAlone() throws Exception {
    try (SqliteLedger ledger = folder.open()) {
      for (int i = 0; i < 500; i++) {
        folder.record(ledger, folder.call("key" + i, "model", 1, 1));
      }
    }
    byte[] bytes = Files.readAllBytes(folder.file());
    for (int i = 4_096; i < bytes.length; i += 7) {
      bytes[i] ^= 0x55;
    }
    Files.write(folder.file(), bytes);
    assertRefused(folder.file().toString(), "damaged", "backup");
    assertThat(Files.readAllBytes(folder.file())).isEqualTo(bytes);
    Files.writeString(
        folder.file(), "These are notes of mine, not a database at all.\n".repeat(99));
    assertRefused(folder.file().toString(), "damaged");
  }

  @Test
  void newerLedgerOrAnotherDatabase_isRefused() throws Exception {
    folder.open().close();
    folder.execute("PRAGMA user_version = " + (Schema.VERSION + 1));
    assertRefused("newer Tallygate");
    Files.delete(folder.file());
    Files.createFile(folder.file());
    folder.execute("CREATE TABLE theirs (x)");
    assertRefused("not a usage ledger");
  }

  @Test
  void oddFolderName_isRead() throws Exception {
    LedgerFolder odd = new LedgerFolder(temporary.resolve("da ta?mode=memory#%41ä"), ticker);
    try (SqliteLedger ledger = odd.open()) {
      odd.record(ledger, odd.call("a", "x", 1, 1));
    }
    assertThat(totals(new LedgerReader(odd.path).read(null, FakeTicker.START, UsageGrouping.KEY)))
        .containsExactly("a 2");
  }

  @Test
  void gatewayThatRecordsAllTheTime_isReadWithEachCallOnce() throws Exception {
    AtomicLong begun = new AtomicLong();
    AtomicLong told = new AtomicLong();
    AtomicBoolean ending = new AtomicBoolean();
    int calls = 400_000;
    try (SqliteLedger ledger =
        SqliteLedger.open(folder.path, Duration.ofMillis(1), Ticker.system())) {
      Thread recording =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < calls && !ending.get(); i++) {
                  begun.incrementAndGet();
                  long now = System.currentTimeMillis();
                  folder
                      .committed(
                          ledger, new UsageRecord("a", "x", now, new TokenUsage(1, 0, 0, 0), 0))
                      .join();
                  told.incrementAndGet();
                }
              });
      long before = 0;
      for (int i = 0; i < 200; i++) {
        long least = Math.max(before, told.get());
        UsageRow total = reader.read(null, Instant.EPOCH, UsageGrouping.HOUR).total();
        assertThat(total.requests()).as("report %d", i).isBetween(least, begun.get());
        assertThat(total.input()).isEqualTo(total.requests());
        before = total.requests();
      }
      ending.set(true);
      recording.join();
      assertThat(reader.read("a", Instant.EPOCH, UsageGrouping.KEY).total().requests())
          .isEqualTo(told.get())
          .isGreaterThan(1_000);
    }
    assertThat(reader.read("a", Instant.EPOCH, UsageGrouping.KEY).total().requests())
        .isEqualTo(told.get());
  }

  private void assertRefused(String... words) {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> reader.read(null, FakeTicker.START, UsageGrouping.KEY))
        .withMessageContainingAll(words);
  }
}
