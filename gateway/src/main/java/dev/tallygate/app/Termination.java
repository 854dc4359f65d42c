package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import org.slf4j.Logger;

/**
 * The orderly end of a serving process: on the first SIGTERM or SIGINT the gateway is closed, which
 * lets running calls end, and the process exits with 0.
 *
 * <p>It is a shutdown hook rather than a signal handler: the latter is not part of Java's API. The
 * runtime starts hooks once, so that further signals have no effect, and would exit with 128 + the
 * signal's number when the hooks are done; halting at the end of this one makes it 0.
 */
final class Termination {
  private final AutoCloseable gateway;
  private final Logger log;
  private final Runnable last;

  private Termination(AutoCloseable gateway, Logger log, Runnable last) {
    this.gateway = gateway;
    this.log = log;
    this.last = last;
  }

  /**
   * The end of the given gateway.
   *
   * @param gateway whose close returns when calls have ended and all is written
   * @param log where the end is told
   * @param last what is done when all is told
   */
  static Termination of(AutoCloseable gateway, Logger log, Runnable last) {
    return new Termination(gateway, log, last);
  }

  void install() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "termination"));
  }

  private void end() {
    Runtime.getRuntime().halt(close());
  }

  /** Closes the gateway and returns the exit code. */
  int close() {
    int code = ExitCode.OK;
    log.info("Tallygate is stopping");
    try {
      gateway.close();
      log.info("Tallygate has stopped");
    } catch (Exception e) {
      log.error("Tallygate did not stop cleanly", e);
      code = ExitCode.FAILED;
    }
    last.run();
    return code;
  }
}
