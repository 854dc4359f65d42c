package dev.tallygate.store.ledger;

import static org.awaitility.Awaitility.await;

import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A data folder with a ledger, and a look into it past the ledger's own code. */
final class LedgerFolder {
  final Path path;
  private final Ticker ticker;

  LedgerFolder(Path path, Ticker ticker) {
    this.path = path;
    this.ticker = ticker;
  }

  SqliteLedger open() throws IOException {
    return SqliteLedger.open(path, Duration.ofMillis(200), ticker);
  }

  SqliteLedger open(Database.Opener opener, Duration sync) throws IOException {
    return SqliteLedger.open(path, opener, sync, ticker);
  }

  Path file() {
    return path.resolve("usage.db");
  }

  UsageRecord call(String keyId, String model, long input, long output) {
    return new UsageRecord(
        keyId, model, ticker.epochMillis(), new TokenUsage(input, 0, 0, output), 0);
  }

  /** Records a call and waits until it is in the database. */
  void record(SqliteLedger ledger, UsageRecord call) {
    committed(ledger, call).orTimeout(10, TimeUnit.SECONDS).join();
    if (ledger.trouble() != null) {
      // A writer in whose work a test lets hours pass seems to hang, and is not waited for then.
      await().atMost(Duration.ofSeconds(10)).until(() -> ledger.trouble() == null);
    }
    ledger.flush();
  }

  CompletableFuture<Void> committed(SqliteLedger ledger, UsageRecord call) {
    CompletableFuture<Void> committed = new CompletableFuture<>();
    ledger.record(call, () -> committed.complete(null));
    return committed;
  }

  /** Rows of a query, columns parted by blanks. */
  List<String> rows(String sql) throws SQLException {
    try (Connection connection = LedgerFile.openForWriting(file());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.append(i == 1 ? "" : " ").append(rows.getString(i));
        }
        lines.add(line.toString());
      }
      return lines;
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = LedgerFile.openForWriting(file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
