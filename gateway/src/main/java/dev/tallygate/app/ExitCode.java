package dev.tallygate.app;

/** What the process ends with; after BSD's {@code sysexits.h}. */
final class ExitCode {
  static final int OK = 0;

  /** It could not start, or do what was asked, and the configuration is not to blame. */
  static final int FAILED = 1;

  /** The command line was not understood. */
  static final int USAGE = 64;

  /** A bug in Tallygate. */
  static final int SOFTWARE = 70;

  /** The configuration has mistakes. */
  static final int CONFIG = 78;

  private ExitCode() {}
}
