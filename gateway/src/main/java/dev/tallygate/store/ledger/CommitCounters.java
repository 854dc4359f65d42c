package dev.tallygate.store.ledger;

import dev.tallygate.model.Times;
import java.util.concurrent.atomic.AtomicLong;

/** What the ledger's writer counts of its work. Written by few threads, read by all. */
final class CommitCounters {
  private final AtomicLong queued = new AtomicLong();
  private final Times commits =
      new Times(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5);
  private volatile long atWork;

  /** A call waits in the queue. */
  void queued() {
    queued.incrementAndGet();
  }

  /** It does no longer. */
  void taken() {
    queued.decrementAndGet();
  }

  /** A batch of so many calls gets to the database. */
  void begun(Batch batch) {
    atWork = batch.calls();
  }

  /** It is there; on the writer's thread. */
  void committed(long tookNanos) {
    commits.add(tookNanos);
  }

  /** It is there, or given up. */
  void ended() {
    atWork = 0;
  }

  LedgerStats stats(long journaled) {
    return new LedgerStats(journaled + queued.get() + atWork, commits);
  }
}
