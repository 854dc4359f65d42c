package dev.tallygate.usage;

import java.io.IOException;

/** As many reports are being read, or wait to be, as may; that passes in moments. */
public final class TooManyReportsException extends IOException {
  private static final long serialVersionUID = 1;

  /** The message says what to do. */
  public TooManyReportsException() {
    super("Too many usage reports are being read; ask again in a moment.");
  }
}
