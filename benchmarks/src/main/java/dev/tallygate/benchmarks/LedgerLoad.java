package dev.tallygate.benchmarks;

import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.store.ledger.SqliteLedger;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageRecord;
import dev.tallygate.usage.UsageReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A ledger in a folder of its own below {@code target}, on the disk that the sources are on, and
 * calls of 1,000 keys with 3 models. Every pair is as likely as any other, so that a commit touches
 * as many rows as it can.
 */
final class LedgerLoad implements AutoCloseable {
  private static final List<String> KEYS =
      IntStream.range(0, 1_000).mapToObj("k_%012x"::formatted).toList();
  private static final List<String> MODELS = List.of("glm-4.7", "glm-4.5-air", "glm-4.5-flash");

  private final Path folder;
  private final SqliteLedger ledger;

  LedgerLoad(Duration sync) throws IOException {
    folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "ledger-");
    ledger = SqliteLedger.open(folder, sync, Ticker.system());
  }

  SqliteLedger ledger() {
    return ledger;
  }

  /** A call that ends now. */
  static UsageRecord call() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UsageRecord(
        KEYS.get(random.nextInt(KEYS.size())),
        MODELS.get(random.nextInt(MODELS.size())),
        System.currentTimeMillis(),
        new TokenUsage(1_000, 200, 0, 300),
        0);
  }

  /** Ends the ledger, and throws if it has not as many calls on record as it should. */
  void close(long expected) throws IOException {
    ledger.close();
    UsageReport report = new LedgerReader(folder).read(null, Instant.EPOCH, UsageGrouping.KEY);
    close();
    if (report.total().requests() != expected) {
      throw new IllegalStateException(
          "%,d calls on record (expected: %,d)".formatted(report.total().requests(), expected));
    }
  }

  @Override
  public void close() throws IOException {
    ledger.close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
