package dev.tallygate.store.ledger;

/**
 * How the ledger is doing.
 *
 * @param waitingCalls calls that are not in the database yet; those of the journal are on file all
 *     the same
 * @param commits batches that were committed since start
 * @param commitNanos the time that they took together
 */
public record LedgerStats(long waitingCalls, long commits, long commitNanos) {}
