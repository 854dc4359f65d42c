package dev.tallygate.app.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command's output is its own: what libraries and the store would log there is left out. */
final class QuietLogs {
  private QuietLogs() {}

  /** From now on nothing is logged in this process. */
  static void set() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    }
  }
}
