/**
 * The usage ledger: {@code usage.db}, an SQLite database beside the key file. One thread writes it;
 * event loops hand it records and are told when these are committed. Reports read it through
 * connections of their own, from any process.
 *
 * <p>The file is never opened except through SQLite: closing any other descriptor of it would drop
 * the locks SQLite holds for this process.
 */
@NullMarked
package dev.tallygate.store.ledger;

import org.jspecify.annotations.NullMarked;
