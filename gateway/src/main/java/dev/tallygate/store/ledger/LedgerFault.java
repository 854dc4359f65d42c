package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Why the ledger cannot be read or written.
 *
 * @param code SQLite's primary result code; 0 or less where the failure is not SQLite's
 * @param reason in a few words that may be shown to clients
 * @param detail for operators
 */
record LedgerFault(int code, String reason, String detail) {
  // https://www.sqlite.org/rescode.html
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int NO_MEMORY = 7;
  private static final int READ_ONLY = 8;
  private static final int IO_ERROR = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int CANNOT_OPEN = 14;
  private static final int NOT_A_DATABASE = 26;

  /** Not SQLite's: the file is missing, or another one. */
  private static final int FILE = -3;

  /** A commit takes longer than any disk should. */
  static final LedgerFault STALLED =
      new LedgerFault(-1, "its disk does not answer", "a commit has been taking for seconds");

  /** Nobody writes any more. */
  static final LedgerFault ENDED =
      new LedgerFault(-2, "it has failed", "its thread has ended; the log says why");

  static LedgerFault of(Exception e) {
    String detail = String.valueOf(e.getMessage());
    if (e instanceof NoSuchFileException) {
      return new LedgerFault(FILE, "its file is missing", detail);
    }
    if (e instanceof IOException) {
      return new LedgerFault(FILE, "its file cannot be used", detail);
    }
    if (!(e instanceof SQLException sql)) {
      return new LedgerFault(0, "the gateway has a bug", detail);
    }
    int code = sql.getErrorCode() & 0xff;
    String reason =
        switch (code) {
          case BUSY -> "another program keeps its database locked";
          case READ_ONLY -> "it cannot be written";
          case IO_ERROR -> "reading or writing it fails";
          case CORRUPT, NOT_A_DATABASE -> "it is damaged";
          case FULL -> "its disk is full";
          case CANNOT_OPEN -> "it cannot be opened";
          default -> "the database refuses";
        };
    return new LedgerFault(code, reason, detail);
  }

  /**
   * This one as what it means after another one without a success between: a full disk also keeps
   * SQLite from making the files it needs to open its database again.
   */
  LedgerFault after(@Nullable LedgerFault before) {
    if (before == null || before.code != FULL) {
      return this;
    }
    return code == IO_ERROR || code == CANNOT_OPEN ? before : this;
  }

  /** Whether its cause lies outside, so that the same work may succeed later. */
  boolean mayPass() {
    return switch (code) {
      case BUSY, LOCKED, NO_MEMORY, READ_ONLY, IO_ERROR, FULL, CANNOT_OPEN, FILE -> true;
      default -> isDamage();
    };
  }

  boolean isDamage() {
    return code == CORRUPT || code == NOT_A_DATABASE;
  }
}
