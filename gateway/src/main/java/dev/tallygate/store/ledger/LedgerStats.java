package dev.tallygate.store.ledger;

import dev.tallygate.model.Times;

/**
 * How the ledger is doing.
 *
 * @param waitingCalls calls that are not in the database yet; those of the journal are on file all
 *     the same
 * @param commits the times of its commits since start, each of a batch; goes on counting
 */
public record LedgerStats(long waitingCalls, Times commits) {}
