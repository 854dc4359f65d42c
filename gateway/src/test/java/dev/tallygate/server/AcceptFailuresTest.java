package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.model.FakeTicker;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AcceptFailuresTest {
  private final FakeTicker ticker = new FakeTicker();
  private final EmbeddedChannel listener = new EmbeddedChannel(new AcceptFailures(ticker));
  private final Logger logger = (Logger) LoggerFactory.getLogger(AcceptFailures.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    listener.freezeTime();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Test
  void failures_pauseAcceptingForASecond() {
    fail(100);
    assertThat(listener.config().isAutoRead()).isFalse();
    pass(Duration.ofMillis(900));
    fail(1);
    assertThat(listener.config().isAutoRead()).isFalse();
    pass(Duration.ofMillis(200));
    assertThat(listener.config().isAutoRead()).isTrue();
    fail(1);
    assertThat(listener.config().isAutoRead()).isFalse();
  }

  @Test
  void failures_areToldOfOnceAMinute_andByNobodyElse() {
    fail(1_000);
    ticker.advance(Duration.ofSeconds(59));
    fail(1_000);
    assertThat(log.list).hasSize(1);
    assertThat(log.list.getFirst().getFormattedMessage()).contains("Too many open files");
    ticker.advance(Duration.ofSeconds(1));
    fail(1_000);
    assertThat(log.list).hasSize(2);
    listener.checkException();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    }
  }

  private void pass(Duration time) {
    listener.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    listener.runScheduledPendingTasks();
  }
}
