/**
 * The embedded store: the key file, its change notice and the usage mirrored into it. Implements
 * the ports of {@code auth}, {@code usage} and {@code quota}; only {@code app} sees this package.
 *
 * <p>Threads: look-ups come from loader threads, records from event loops, polling and mirroring
 * run on one daemon thread each. Locks are taken in the order writer, reader; listeners are told of
 * changes under neither of them.
 */
@NullMarked
package dev.tallygate.store;

import org.jspecify.annotations.NullMarked;
