package dev.tallygate.auth;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Collects what is written to {@code tallygate.cache} while it is open. */
final class CacheLines implements AutoCloseable {
  private final Logger logger = (Logger) LoggerFactory.getLogger("tallygate.cache");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  CacheLines() {
    appender.start();
    logger.addAppender(appender);
  }

  List<String> lines() {
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
  }
}
