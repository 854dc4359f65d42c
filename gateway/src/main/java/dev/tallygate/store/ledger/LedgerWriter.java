package dev.tallygate.store.ledger;

import dev.tallygate.model.Ticker;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the ledger. What has come in while a batch was being committed makes
 * up the next: the more is going on, the more share a commit.
 *
 * <p>A batch that could not be committed is tried again, on a new connection, until it is. Each has
 * a number that is written in its own transaction, so that one whose commit failed and happened all
 * the same is recognised rather than repeated.
 */
final class LedgerWriter {
  private static final Logger log = LoggerFactory.getLogger(LedgerWriter.class);

  private static final int MAX_BATCH = 4_096;
  private static final long RETRY_NANOS = Duration.ofMillis(250).toNanos();
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long ROLL_UP_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long MORE_TO_ROLL_UP_NANOS = Duration.ofMillis(20).toNanos();
  private static final long MINUTES_KEPT = Duration.ofDays(2).toMinutes();
  static final Duration LAST_TRIES = Duration.ofSeconds(5);

  /** What waits to be written. */
  private sealed interface Entry {
    record Call(UsageRecord usage, Runnable committed) implements Entry {}

    record Import(String keyId, KeyUsage usage) implements Entry {}

    record Mark(Runnable passed) implements Entry {}
  }

  /** Throws while this process must not write. */
  @FunctionalInterface
  interface Guard {
    void check() throws IOException;
  }

  private final Database.Opener opener;
  private final Guard guard;
  private final Ticker ticker;
  private final long syncNanos;
  private final Consumer<Batch> applied;
  private final LedgerHealth health;
  private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private final long startNanos;
  private final long startMillis;
  private volatile boolean parked;
  private volatile boolean closing;

  // Confined to the thread, from here to the end.
  private @Nullable Database database;
  private long sequence;
  private boolean unsynced;
  private long syncDue;
  private long lookDue;
  private long rollUpDue;
  private long giveUpAt;
  // Whether a batch was: its number may be taken, so no later one may bear it.
  private boolean gaveUp;

  /**
   * Starts the thread.
   *
   * @param guard asked before the database is opened, and every second, whether it may be written
   * @param sync how long a commit may wait to be made safe from a power cut; zero: none waits
   * @param applied told of every batch that is committed, on the thread, before its callers are
   */
  LedgerWriter(
      Database.Opener opener, Guard guard, Duration sync, Ticker ticker, Consumer<Batch> applied)
      throws SQLException, IOException {
    this.opener = opener;
    this.guard = guard;
    this.ticker = ticker;
    this.health = new LedgerHealth(ticker);
    this.syncNanos = sync.toNanos();
    this.applied = applied;
    this.database = opener.open();
    this.sequence = database.sequence();
    long now = ticker.nanos();
    this.startNanos = now;
    this.startMillis = ticker.epochMillis();
    this.lookDue = now;
    this.rollUpDue = now;
    this.thread = Thread.ofPlatform().daemon().name("usage-ledger").start(this::run);
  }

  /** Queues a call's usage; {@code committed} runs once it is durable, on the writer's thread. */
  void add(UsageRecord usage, Runnable committed) {
    add(new Entry.Call(usage, committed));
  }

  /** Runs {@code passed} when all that was queued before is committed. */
  void mark(Runnable passed) {
    add(new Entry.Mark(passed));
  }

  /** Queues usage that a key brought along. */
  void add(String keyId, KeyUsage imported) {
    add(new Entry.Import(keyId, imported));
  }

  private void add(Entry entry) {
    queue.add(entry);
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /** Whether it commits. */
  LedgerHealth health() {
    return health;
  }

  /** Commits what is queued and stops. Blocks for some seconds at most. */
  void close() {
    closing = true;
    LockSupport.unpark(thread);
    try {
      if (!thread.join(LAST_TRIES.plusSeconds(1))) {
        log.error(
            "the usage ledger does not answer: what is not recorded yet, if anything, is lost");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      write();
    } catch (Throwable e) { // also errors: who waits for a commit must learn that none will come
      health.ended(e);
    }
  }

  private void write() {
    while (true) {
      Batch batch = take();
      if (batch != null) {
        commit(batch);
      } else if (closing) {
        break;
      }
      maintain();
      if (queue.isEmpty() && !closing) {
        await();
      }
    }
    if (unsynced) {
      commit(new Batch());
    }
    discard();
  }

  private @Nullable Batch take() {
    Batch batch = null;
    for (int i = 0; i < MAX_BATCH; i++) {
      Entry entry = queue.poll();
      if (entry == null) {
        break;
      }
      if (batch == null) {
        batch = new Batch();
      }
      switch (entry) {
        case Entry.Call call -> batch.add(call.usage(), call.committed());
        case Entry.Import seen -> batch.add(seen.keyId(), seen.usage());
        case Entry.Mark mark -> batch.add(mark.passed());
      }
    }
    return batch;
  }

  private void commit(Batch batch) {
    if (gaveUp) {
      abandon(batch);
      return;
    }
    long number = sequence + 1;
    long start = ticker.nanos();
    health.busy();
    boolean durable = syncNanos == 0 || closing || (unsynced && start - syncDue >= 0);
    boolean recognised;
    while (true) {
      try {
        Database open = open();
        recognised = open.sequence() == number;
        if (!recognised) {
          open.commit(batch, number, durable);
        }
        break;
      } catch (SQLException | IOException | RuntimeException e) {
        failed(e);
        if (!LedgerFault.of(e).mayPass()) {
          batch.dropImports();
        }
        if (!mayTryAgain()) {
          abandon(batch);
          return;
        }
        LockSupport.parkNanos(this, RETRY_NANOS);
      }
    }
    sequence = number;
    health.idle();
    health.recovered();
    if (durable && !recognised) {
      unsynced = false;
    } else if (!unsynced) {
      unsynced = true;
      syncDue = start + syncNanos;
    }
    if (recognised && durable) {
      // It is there, but whether also on the disk nobody has said: one more commit does.
      syncDue = start;
      commit(new Batch());
    }
    applied.accept(batch);
    for (Runnable each : batch.committed()) {
      tell(each);
    }
  }

  private static void tell(Runnable committed) {
    try {
      committed.run();
    } catch (RuntimeException e) {
      log.error("a call failed when its usage was committed", e);
    }
  }

  private Database open() throws SQLException, IOException {
    Database open = database;
    if (open == null) {
      guard.check();
      open = opener.open();
      if (open.sequence() != sequence && open.sequence() != sequence + 1) {
        open.close();
        throw new IOException(
            "its file was replaced by another one; restart the gateway to use that");
      }
      database = open;
    }
    return open;
  }

  /** What is due apart from calls; a failure is met by the next commit, on a new connection. */
  private void maintain() {
    long now = ticker.nanos();
    if (unsynced && now - syncDue >= 0) {
      commit(new Batch());
    }
    Database open = database;
    if (open == null) {
      return;
    }
    health.busy();
    try {
      if (now - lookDue >= 0) {
        lookDue = now + LOOK_NANOS;
        guard.check();
        open.checkFile();
      }
      if (now - rollUpDue >= 0) {
        long before = Math.floorDiv(steadyMillis(now), 60_000) - MINUTES_KEPT;
        rollUpDue = now + (open.rollUp(before) ? MORE_TO_ROLL_UP_NANOS : ROLL_UP_NANOS);
      }
    } catch (SQLException | IOException | RuntimeException e) {
      rollUpDue = now + ROLL_UP_NANOS;
      failed(e);
      commit(new Batch());
    } finally {
      health.idle();
    }
  }

  /**
   * The time of day as of the start and what has passed since: a clock that is set moves no row.
   */
  private long steadyMillis(long nowNanos) {
    return startMillis + (nowNanos - startNanos) / 1_000_000;
  }

  private void await() {
    long now = ticker.nanos();
    long due = Math.min(lookDue - now, rollUpDue - now);
    if (unsynced) {
      due = Math.min(due, syncDue - now);
    }
    parked = true;
    // Whoever adds an entry after this look sees the mark, and wakes the thread.
    if (queue.isEmpty() && !closing && due > 0) {
      LockSupport.parkNanos(this, due);
    }
    parked = false;
  }

  private void failed(Exception e) {
    discard();
    health.failed(e);
  }

  private void discard() {
    Database open = database;
    database = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        log.debug("closing the ledger's connection", e);
      }
    }
  }

  private boolean mayTryAgain() {
    if (!closing) {
      return true;
    }
    if (giveUpAt == 0) {
      giveUpAt = ticker.nanos() + LAST_TRIES.toNanos();
    }
    return ticker.nanos() - giveUpAt < 0;
  }

  /** At the end of the process; the answers of these calls were never delivered whole. */
  private void abandon(Batch batch) {
    gaveUp = true;
    unsynced = false;
    if (batch.calls() > 0) {
      log.error(
          "the usage of {} calls that were cut off could not be recorded: {} tokens",
          batch.calls(),
          batch.tokens());
    }
  }
}
