package dev.tallygate.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon thread that looks after the key file, every 250 ms and when it is woken. */
final class KeyFileWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KeyFileWatch.class);

  private static final long POLL_NANOS = Duration.ofMillis(250).toNanos();

  private final Path file;
  private final Runnable round;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Prepares it; {@link #start} begins.
   *
   * @param round what is done each time
   */
  KeyFileWatch(Path file, Runnable round) {
    this.file = file;
    this.round = round;
    this.thread = Thread.ofPlatform().daemon().name("key-file-watch").unstarted(this::watch);
  }

  void start() {
    thread.start();
  }

  /** Does not wait for the next round's time. Nothing where it has not started. From any thread. */
  void wake() {
    LockSupport.unpark(thread);
  }

  @Override
  public void close() {
    closed = true;
    wake();
    if (!thread.isAlive()) {
      return;
    }
    try {
      thread.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    while (!closed) {
      try {
        round.run();
      } catch (RuntimeException e) {
        log.error("the watch over {} failed once and goes on", file, e);
      }
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }
}
