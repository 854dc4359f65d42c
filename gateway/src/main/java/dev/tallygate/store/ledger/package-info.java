/**
 * The usage ledger: {@code usage.db}, an SQLite database beside the key file, and {@code
 * usage.journal}, a mapped file in front of it. Event loops put records into the journal; one
 * thread commits them to the database, a batch per interval. Reports read both, from any process,
 * through connections of their own.
 *
 * <p>The file is never opened except through SQLite: closing any other descriptor of it would drop
 * the locks SQLite holds for this process.
 */
@NullMarked
package dev.tallygate.store.ledger;

import org.jspecify.annotations.NullMarked;
