package dev.tallygate.store.ledger;

import dev.tallygate.model.Ticker;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes the ledger. What has come in since the last batch makes up the next:
 * the more is going on, the more share a commit.
 *
 * <p>Calls go into the journal, where they are on file at once, and the batch of an interval is
 * committed at its end. Calls that the journal does not take, and all of them where nothing may be
 * lost in a power cut, wait in a queue and are committed as soon as possible.
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
  private static final long NOT_DUE = Long.MAX_VALUE;
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
  private final long intervalNanos;
  private final LedgerHealth health;
  private final Journal journal;
  private final CommitCounters counters = new CommitCounters();
  private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private final long startNanos;
  private final long startMillis;
  private final AtomicInteger importsWaiting = new AtomicInteger();
  private volatile boolean parked;
  private volatile boolean closing;

  // Confined to the thread, from here to the end.
  private @Nullable Database database;
  private long sequence;
  private long batchDue = NOT_DUE;
  private long lookDue;
  private long rollUpDue;
  private long giveUpAt;
  // Whether a batch was: its number may be taken, so no later one may bear it.
  private boolean gaveUp;

  /**
   * Starts the thread.
   *
   * @param journal what is in it has been committed
   * @param guard asked before the database is opened, and every second, whether it may be written
   * @param sync what a power cut may take; zero: nothing, so each call waits for its commit
   */
  LedgerWriter(Database.Opener opener, Path journal, Guard guard, Duration sync, Ticker ticker)
      throws SQLException, IOException {
    this.opener = opener;
    this.guard = guard;
    this.ticker = ticker;
    this.health = new LedgerHealth(ticker);
    this.intervalNanos = sync.toNanos();
    this.database = opener.open();
    this.sequence = database.sequence();
    try {
      this.journal = new Journal(journal, sequence + 1);
    } catch (IOException | RuntimeException e) {
      database.close();
      throw e;
    }
    long now = ticker.nanos();
    this.startNanos = now;
    this.startMillis = ticker.epochMillis();
    this.lookDue = now;
    this.rollUpDue = now;
    this.thread = Thread.ofPlatform().daemon().name("usage-ledger").start(this::run);
  }

  /**
   * Puts a call's usage on file at once where that can be done.
   *
   * @return false when it cannot, and the call has to wait for a commit
   */
  boolean journal(UsageRecord usage) {
    // What a key brought along must not be committed after its first calls: nobody would miss it.
    if (intervalNanos == 0 || importsWaiting.get() > 0) {
      return false;
    }
    Journal.Added added = journal.add(usage);
    if (added == Journal.Added.FIRST || added == Journal.Added.NEARLY_FULL) {
      wake();
    }
    return added != Journal.Added.NO;
  }

  /** Queues a call's usage; {@code committed} runs once it is durable, on the writer's thread. */
  void add(UsageRecord usage, Runnable committed) {
    counters.queued();
    add(new Entry.Call(usage, committed));
  }

  /** Runs {@code passed} when all that was queued before is committed. */
  void mark(Runnable passed) {
    add(new Entry.Mark(passed));
  }

  /** Queues usage that a key brought along. */
  void add(String keyId, KeyUsage imported) {
    importsWaiting.incrementAndGet();
    add(new Entry.Import(keyId, imported));
  }

  private void add(Entry entry) {
    queue.add(entry);
    wake();
  }

  private void wake() {
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /** How it is doing. */
  LedgerStats stats() {
    return counters.stats(journal.calls());
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
    while (!gaveUp) {
      if (isDue()) {
        commit(take());
      } else if (closing) {
        break;
      }
      maintain();
      if (!closing) {
        await();
      }
    }
    discard();
    try {
      journal.close(!gaveUp);
    } catch (IOException e) {
      log.warn("the journal of the usage ledger could not be removed: {}", e.toString());
    }
  }

  private boolean isDue() {
    if (!queue.isEmpty()) {
      return true;
    }
    if (journal.isEmpty()) {
      return false;
    }
    long now = ticker.nanos();
    if (batchDue == NOT_DUE) {
      batchDue = now + intervalNanos;
    }
    return closing || journal.isNearlyFull() || now - batchDue >= 0;
  }

  private Batch take() {
    batchDue = NOT_DUE;
    Batch batch = journal.take();
    for (int i = 0; i < MAX_BATCH; i++) {
      Entry entry = queue.poll();
      if (entry == null) {
        break;
      }
      switch (entry) {
        case Entry.Call call -> {
          counters.taken();
          batch.add(call.usage(), call.committed());
        }
        case Entry.Import seen -> {
          batch.add(seen.keyId(), seen.usage());
          batch.add(importsWaiting::decrementAndGet);
        }
        case Entry.Mark mark -> batch.add(mark.passed());
      }
    }
    return batch;
  }

  private void commit(Batch batch) {
    health.busy();
    counters.begun(batch);
    while (true) {
      long begun = ticker.nanos();
      try {
        Database open = open();
        if (open.sequence() == batch.number()) {
          // It is there, but whether also on the disk nobody has said: one more commit does.
          open.commit(new Batch(batch.number()));
        } else {
          open.commit(batch);
        }
        counters.committed(ticker.nanos() - begun);
        break;
      } catch (SQLException | IOException | RuntimeException e) {
        failed(e);
        if (!LedgerFault.of(e).mayPass()) {
          batch.dropImports();
        }
        if (!mayTryAgain()) {
          abandon(batch);
          counters.ended();
          return;
        }
        LockSupport.parkNanos(this, RETRY_NANOS);
      }
    }
    sequence = batch.number();
    counters.ended();
    health.idle();
    health.recovered();
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
        journal.check();
      }
      if (now - rollUpDue >= 0) {
        long before = Math.floorDiv(steadyMillis(now), 60_000) - MINUTES_KEPT;
        rollUpDue = now + (open.rollUp(before) ? MORE_TO_ROLL_UP_NANOS : ROLL_UP_NANOS);
      }
    } catch (SQLException | IOException | RuntimeException e) {
      rollUpDue = now + ROLL_UP_NANOS;
      failed(e);
      commit(new Batch(sequence));
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
    if (batchDue != NOT_DUE) {
      due = Math.min(due, batchDue - now);
    }
    parked = true;
    // Whoever adds something after this look sees the mark, and wakes the thread.
    boolean known = journal.isEmpty() || (batchDue != NOT_DUE && !journal.isNearlyFull());
    if (queue.isEmpty() && known && !closing && due > 0) {
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

  /** At the end of the process; the answers of those that waited were never delivered whole. */
  private void abandon(Batch batch) {
    gaveUp = true;
    if (batch.waitingCalls() > 0) {
      log.error(
          "the usage of {} calls that were cut off could not be recorded: {} tokens",
          batch.waitingCalls(),
          batch.waitingTokens());
    }
    if (!batch.isEmpty()) {
      log.warn("what the journal holds is taken into the ledger at the next start");
    }
  }
}
