package dev.tallygate.app;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.tallygate.config.Config;

/**
 * Logging before, or without, a configuration: in tests, and for programs that embed parts. Found
 * by logback as a service; it keeps logback from looking for configuration files.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class InitialLogging extends ContextAwareBase implements Configurator {
  /** For the service loader. */
  public InitialLogging() {}

  /** Text on standard output from INFO, written by the thread that logs. */
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setName("console");
    console.setEncoder(Logs.encoder(context, Config.Logging.Format.TEXT));
    console.start();
    Logs.attach(context, console, Config.Logging.Level.INFO);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
