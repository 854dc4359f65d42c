package dev.tallygate.store.ledger;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the ledger's writer counts of its work. Written by few threads, read by all. */
final class CommitCounters {
  private final AtomicLong queued = new AtomicLong();
  private final LongAdder commits = new LongAdder();
  private final LongAdder nanos = new LongAdder();
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

  /** It is there. */
  void committed(long tookNanos) {
    commits.increment();
    nanos.add(tookNanos);
  }

  /** It is there, or given up. */
  void ended() {
    atWork = 0;
  }

  LedgerStats stats(long journaled) {
    return new LedgerStats(journaled + queued.get() + atWork, commits.sum(), nanos.sum());
  }
}
