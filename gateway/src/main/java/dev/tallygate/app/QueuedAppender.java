package dev.tallygate.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Writes log events on a thread of its own. The threads that log never wait: when the reader of the
 * output is slow, what is below WARN is dropped while the last quarter of the queue is kept for
 * WARN and above, which are dropped only when all of it is full. How many were dropped is logged as
 * soon as there is room.
 */
final class QueuedAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final long STOP_SECONDS = 2;

  private final Encoder<ILoggingEvent> encoder;
  private final OutputStream out;
  private final int reserved;
  private final ArrayBlockingQueue<ILoggingEvent> queue;
  private final LongAdder dropped = new LongAdder();
  private final Thread writer = new Thread(this::write, "log");

  /** The event after which nothing comes. */
  private static final class End extends LoggingEvent {}

  QueuedAppender(Encoder<ILoggingEvent> encoder, OutputStream out, int capacity) {
    this.encoder = encoder;
    this.out = new BufferedOutputStream(out, 16_384);
    reserved = capacity / 4;
    queue = new ArrayBlockingQueue<>(capacity);
    setName("queue");
  }

  @Override
  public void start() {
    writer.setDaemon(true);
    writer.start();
    super.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    boolean important = event.getLevel().isGreaterOrEqual(Level.WARN);
    if (!important && queue.remainingCapacity() <= reserved) {
      dropped.increment();
      return;
    }
    event.prepareForDeferredProcessing();
    if (!queue.offer(event)) {
      dropped.increment();
    }
  }

  /** Writes out what is queued, for at most two seconds: the reader may be gone for good. */
  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    try {
      if (queue.offer(new End(), STOP_SECONDS, TimeUnit.SECONDS)) {
        writer.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    try {
      ILoggingEvent event = queue.take();
      while (!(event instanceof End)) {
        encode(event);
        event = queue.poll();
        if (event == null) {
          reportDropped();
          flush();
          event = queue.take();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reportDropped();
    flush();
  }

  /** Neither an output that is gone nor an event that cannot be printed may end this thread. */
  private void encode(ILoggingEvent event) {
    try {
      out.write(encoder.encode(event));
    } catch (IOException | RuntimeException e) {
      dropped.increment();
    }
  }

  private void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      dropped.increment();
    }
  }

  private void reportDropped() {
    long lost = dropped.sumThenReset();
    if (lost > 0) {
      LoggerContext logs = (LoggerContext) getContext();
      encode(
          new LoggingEvent(
              QueuedAppender.class.getName(),
              logs.getLogger(QueuedAppender.class),
              Level.WARN,
              "Log lines were dropped, the output is too slow: " + lost,
              null,
              null));
    }
  }
}
