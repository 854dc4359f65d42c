package dev.tallygate.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import dev.tallygate.config.Config;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashCommonFieldNames;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets up logging in code: nothing is looked for or parsed at start. Lines go to standard output,
 * through a queue, so that no event loop waits for a slow reader.
 */
final class Logs {
  private static final String OURS = "dev.tallygate";
  private static final String OWN_SWITCH = "tallygate";

  /** A client can make it tell something with every frame. */
  private static final String HTTP2 = "io.netty.handler.codec.http2";

  private static final int QUEUED_EVENTS = 8192;

  private Logs() {}

  /** Makes the process log as configured, from now on. Call at start, before there are threads. */
  static void configure(Config.Logging logging) {
    configure(context(), logging, new FileOutputStream(FileDescriptor.out));
  }

  static void configure(LoggerContext context, Config.Logging logging, OutputStream out) {
    context.reset();
    Encoder<ILoggingEvent> encoder = encoder(context, logging.format());
    QueuedAppender appender = new QueuedAppender(encoder, out, QUEUED_EVENTS);
    appender.setContext(context);
    appender.start();
    attach(context, appender, logging.level());
  }

  /** Our own events from the given level; other libraries' details are left out. */
  static void attach(
      LoggerContext context, Appender<ILoggingEvent> appender, Config.Logging.Level level) {
    level(context, level);
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
  }

  /** Changes from what level on our own events are written. */
  static void level(Config.Logging.Level level) {
    level(context(), level);
  }

  static void level(LoggerContext context, Config.Logging.Level level) {
    Level least = Level.valueOf(level.name());
    context.getLogger(OURS).setLevel(least);
    // Switched by variables of their own, ACCESS_LOG and CACHE_LOG_LEVEL.
    context.getLogger(OWN_SWITCH).setLevel(Level.INFO);
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(atLeast(Level.INFO, least));
    context.getLogger(HTTP2).setLevel(atLeast(Level.WARN, least));
  }

  private static Level atLeast(Level bound, Level level) {
    return level.isGreaterOrEqual(bound) ? level : bound;
  }

  /** Writes out what is queued, for at most two seconds. Later events are lost. */
  static void flushAndStop() {
    context().stop();
  }

  static Encoder<ILoggingEvent> encoder(LoggerContext context, Config.Logging.Format format) {
    Encoder<ILoggingEvent> encoder =
        switch (format) {
          case TEXT -> text(context);
          case JSON -> json();
        };
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    TextLayout layout = new TextLayout();
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(layout);
    return encoder;
  }

  private static Encoder<ILoggingEvent> json() {
    LogstashFieldNames names = new LogstashFieldNames();
    names.setVersion(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
    names.setLevelValue(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
    names.setLogger("logger");
    names.setThread("thread");
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setFieldNames(names);
    encoder.setTimeZone("UTC");
    encoder.setTimestampPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
    return encoder;
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
