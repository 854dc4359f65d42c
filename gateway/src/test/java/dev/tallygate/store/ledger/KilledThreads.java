package dev.tallygate.store.ledger;

import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * A process in which several threads record, each calls of a key of its own, one after the other,
 * until one of them ends it like a kill -9. How many calls each has begun, and of how many it was
 * told that they are committed, is in a mapped file, which outlives it.
 */
final class KilledThreads {
  static final int THREADS = 4;

  private KilledThreads() {}

  /**
   * Takes the folder, the file for the counts, and the calls of the first thread, after which it
   * ends.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    SqliteLedger ledger =
        SqliteLedger.open(Path.of(args[0]), Duration.ofMillis(5), Ticker.system());
    long last = Long.parseLong(args[2]);
    LongBuffer counts = counts(Path.of(args[1]));
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      Thread.ofPlatform().start(() -> record(ledger, counts, thread, last));
    }
    Thread.currentThread().join();
  }

  private static void record(SqliteLedger ledger, LongBuffer counts, int thread, long last) {
    Semaphore told = new Semaphore(0);
    for (long call = 1; thread != 0 || call <= last; call++) {
      counts.put(2 * thread, call);
      // The journal takes no names as long as these: such a call waits for the database.
      String model = call % 1_000 == 0 ? "m".repeat(5_000) : "m";
      ledger.record(
          new UsageRecord(
              "t" + thread, model, System.currentTimeMillis(), new TokenUsage(1, 0, 0, 0), 0),
          told::release);
      told.acquireUninterruptibly();
      counts.put(2 * thread + 1, call);
    }
    Runtime.getRuntime().halt(KilledWriter.CODE);
  }

  /** Of each thread, the calls that were begun and those that were told committed. */
  static LongBuffer counts(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, 2L * THREADS * Long.BYTES).asLongBuffer();
    }
  }
}
