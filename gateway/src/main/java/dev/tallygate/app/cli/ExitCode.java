package dev.tallygate.app.cli;

/** What the process ends with; after BSD's {@code sysexits.h}. */
public final class ExitCode {
  /** Done. */
  public static final int OK = 0;

  /** It could not start, or do what was asked, and the configuration is not to blame. */
  public static final int FAILED = 1;

  /** The command line was not understood. */
  public static final int USAGE = 64;

  /** A bug in Tallygate. */
  public static final int SOFTWARE = 70;

  /** The configuration has mistakes. */
  public static final int CONFIG = 78;

  private ExitCode() {}
}
