package dev.tallygate.blackbox;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.sqlite.SQLiteConfig;

/**
 * What stands in a ledger's file for one key, or what should.
 *
 * @param estimated the part of the tokens that no upstream has told
 */
record RecordedUsage(long requests, long input, long output, long estimated) {
  static final RecordedUsage NONE = new RecordedUsage(0, 0, 0, 0);

  /** By key id, read as reports read it: past the gateway, which may be running, or killed. */
  static Map<String, RecordedUsage> in(Path folder) throws IOException {
    Map<String, RecordedUsage> byKey = new HashMap<>();
    if (Files.exists(folder.resolve("usage.db"))) {
      UsageReport report = new LedgerReader(folder).read(null, Instant.EPOCH, UsageGrouping.KEY);
      for (UsageRow row : report.rows()) {
        byKey.put(
            row.group(),
            new RecordedUsage(row.requests(), row.input(), row.output(), row.estimated()));
      }
    }
    return byKey;
  }

  /** By key id, as it stands in the database, which has taken over all at a gateway's start. */
  static Map<String, RecordedUsage> inDatabase(Path folder) throws SQLException {
    Map<String, RecordedUsage> byKey = new HashMap<>();
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(10_000);
    try (Connection connection =
            config.createConnection("jdbc:sqlite:" + folder.resolve("usage.db"));
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT key_id, sum(requests), sum(input), sum(output), sum(estimated) FROM (
                  SELECT key_id, requests, input, output, estimated FROM minute_usage UNION ALL
                  SELECT key_id, requests, input, output, estimated FROM hour_usage)
                GROUP BY key_id
                """)) {
      while (rows.next()) {
        byKey.put(
            rows.getString(1),
            new RecordedUsage(rows.getLong(2), rows.getLong(3), rows.getLong(4), rows.getLong(5)));
      }
    }
    return byKey;
  }

  static RecordedUsage of(Map<String, RecordedUsage> byKey, String keyId) {
    return byKey.getOrDefault(keyId, NONE);
  }

  long tokens() {
    return input + output;
  }

  RecordedUsage plus(MeteredCall call) {
    TokenUsage usage = call.usage();
    return new RecordedUsage(
        requests + 1, input + usage.input(), output + usage.output(), estimated);
  }

  RecordedUsage plus(RecordedUsage other) {
    return new RecordedUsage(
        requests + other.requests,
        input + other.input,
        output + other.output,
        estimated + other.estimated);
  }
}
