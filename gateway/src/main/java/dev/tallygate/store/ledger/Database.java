package dev.tallygate.store.ledger;

import java.io.IOException;
import java.sql.SQLException;

/**
 * The database as the writer sees it; apart so that tests can make it fail. Used by the writer's
 * thread only. After any exception it is closed and another one opened.
 */
interface Database extends AutoCloseable {
  /** Makes a new connection to the same ledger. */
  @FunctionalInterface
  interface Opener {
    Database open() throws SQLException, IOException;
  }

  /** The number of the latest batch that is committed. */
  long sequence();

  /** Commits a batch under its number, in one transaction that also survives a power cut. */
  void commit(Batch batch) throws SQLException;

  /**
   * Moves the oldest minute's rows into the hour's, if that minute is older than given.
   *
   * @return whether there was such a minute
   */
  boolean rollUp(long beforeMinute) throws SQLException;

  /** Throws if the file was removed or replaced. */
  void checkFile() throws IOException;

  @Override
  void close() throws SQLException;
}
