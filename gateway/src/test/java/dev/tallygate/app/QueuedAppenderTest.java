package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.encoder.EchoEncoder;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.tallygate.config.Config;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class QueuedAppenderTest {
  private final LoggerContext context = freshContext();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void stop_writesOutWhatIsQueued() {
    QueuedAppender appender = started(written, 100);
    for (int i = 0; i < 50; i++) {
      appender.doAppend(event(Level.INFO, "event " + i));
    }
    appender.stop();
    assertThat(lines()).hasSize(50).last().asString().endsWith("event 49");
    appender.doAppend(event(Level.ERROR, "too late"));
    assertThat(lines()).hasSize(50);
  }

  @Test
  void stuckOutput_dropsDetailsButKeepsWarnings_andSaysHowMany() throws InterruptedException {
    Gate gate = new Gate(written);
    QueuedAppender appender = started(gate, 8);
    appender.doAppend(event(Level.INFO, "stuck"));
    gate.reached.await();
    for (int i = 0; i < 10; i++) {
      appender.doAppend(event(Level.INFO, "detail " + i)); // would wait here if it could
    }
    appender.doAppend(event(Level.WARN, "warning 0"));
    appender.doAppend(event(Level.ERROR, "warning 1"));
    appender.doAppend(event(Level.ERROR, "no room"));
    gate.open.countDown();
    appender.stop();
    assertThat(lines()).filteredOn(line -> line.contains("detail")).hasSize(6);
    assertThat(lines()).filteredOn(line -> line.contains("warning")).hasSize(2);
    assertThat(lines()).filteredOn(line -> line.contains("no room")).isEmpty();
    assertThat(lines())
        .filteredOn(line -> line.contains("dropped"))
        .singleElement()
        .asString()
        .contains(" WARN ")
        .endsWith("too slow: 5");
  }

  @Test
  void eventThatCannotBePrinted_isSkipped() {
    QueuedAppender appender = new QueuedAppender(failingOn("bad"), written, 100);
    appender.setContext(context);
    appender.start();
    appender.doAppend(event(Level.INFO, "bad"));
    appender.doAppend(event(Level.INFO, "good"));
    appender.stop();
    assertThat(written.toString(StandardCharsets.UTF_8)).contains("good").doesNotContain("bad");
  }

  private QueuedAppender started(OutputStream out, int capacity) {
    Encoder<ILoggingEvent> encoder = Logs.encoder(context, Config.Logging.Format.TEXT);
    QueuedAppender appender = new QueuedAppender(encoder, out, capacity);
    appender.setContext(context);
    appender.start();
    return appender;
  }

  private ILoggingEvent event(Level level, String message) {
    String name = QueuedAppenderTest.class.getName();
    return new LoggingEvent(name, context.getLogger(name), level, message, null, null);
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Encoder<ILoggingEvent> failingOn(String message) {
    return new EncoderBase<>() {
      private final EchoEncoder<ILoggingEvent> echo = new EchoEncoder<>();

      @Override
      public byte[] headerBytes() {
        return new byte[0];
      }

      @Override
      public byte[] encode(ILoggingEvent event) {
        if (event.getMessage().equals(message)) {
          throw new IllegalStateException(message);
        }
        return echo.encode(event);
      }

      @Override
      public byte[] footerBytes() {
        return new byte[0];
      }
    };
  }

  /** An output whose reader has stopped, until the gate is opened. */
  private static final class Gate extends OutputStream {
    private final OutputStream out;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    Gate(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      reached.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      out.write(bytes, offset, length);
    }
  }

  private static LoggerContext freshContext() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    return context;
  }
}
