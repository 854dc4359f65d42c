package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies usage into the key file, for the people and scripts that read it there.
 *
 * <p>A daemon thread writes what changed, at most once a second and, into a big file, never more
 * than a twentieth of the time. A file that cannot be changed costs one log line, and then a try a
 * minute.
 */
public final class UsageMirror implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UsageMirror.class);

  private static final long TICK_NANOS = Duration.ofMillis(100).toNanos();
  private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long DEFERRED_NANOS = Duration.ofMillis(250).toNanos();
  private static final long REFUSED_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int REST = 20;

  /** A thousand keys in full use. They are at most two seconds behind, also on a slow disk. */
  private static final long SMALL_FILE_BYTES = 8 * 1024 * 1024;

  private static final long SMALL_FILE_REST_NANOS = Duration.ofMillis(1_500).toNanos();
  private static final int LAST_TRIES = 20;

  private final KeyFileWriter writer;
  private final Path file;
  private final UsageSource usages;
  private final ChangedKeys changed;
  private final Ticker ticker;
  private final @Nullable Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;

  // Guarded by the lock.
  private long nextNanos;
  private @Nullable String refused;

  /**
   * Starts to mirror.
   *
   * @param usages what is to be shown; knows what the file brought along, else that is overwritten
   * @param changed which keys' usage is to be written
   */
  public UsageMirror(FileKeyStore store, UsageSource usages, ChangedKeys changed, Ticker ticker) {
    this(store, usages, changed, ticker, true);
  }

  UsageMirror(
      FileKeyStore store,
      UsageSource usages,
      ChangedKeys changed,
      Ticker ticker,
      boolean background) {
    this.writer = store.writer();
    this.file = store.file();
    this.usages = usages;
    this.changed = changed;
    this.ticker = ticker;
    this.nextNanos = ticker.nanos();
    this.thread =
        background ? Thread.ofPlatform().daemon().name("usage-mirror").start(this::run) : null;
  }

  /**
   * Writes what is not in the file yet, now.
   *
   * @return whether the file shows all usage
   */
  boolean flush() {
    lock.lock();
    try {
      return write();
    } finally {
      lock.unlock();
    }
  }

  /** Stops after a last write. Blocks for at most about a second. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (thread != null) {
      LockSupport.unpark(thread);
      try {
        thread.join(Duration.ofSeconds(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    boolean done = tendAndFlush();
    for (int i = 0; thread != null && !done && !isRefused() && i < LAST_TRIES; i++) {
      // Somebody is editing; that takes moments.
      LockSupport.parkNanos(this, DEFERRED_NANOS / 5);
      done = tendAndFlush();
    }
    if (!done && !isRefused()) {
      log.warn("{}: the latest usage could not be written into it", file);
    }
  }

  /** One round of the thread: merge what was edited meanwhile, write what is due. */
  void tick() {
    if (writer.tend()) {
      // The merged edition may carry usage as it was when its editor opened it.
      changed.addAll(usages.usedKeys());
      flush();
      return;
    }
    lock.lock();
    try {
      if (!changed.isEmpty() && ticker.nanos() - nextNanos >= 0) {
        write();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!closed) {
      try {
        tick();
      } catch (RuntimeException e) {
        log.error("mirroring usage into {} failed once and goes on", file, e);
      }
      LockSupport.parkNanos(this, TICK_NANOS);
    }
  }

  private boolean tendAndFlush() {
    if (writer.tend()) {
      changed.addAll(usages.usedKeys());
    }
    return flush();
  }

  private boolean isRefused() {
    lock.lock();
    try {
      return refused != null;
    } finally {
      lock.unlock();
    }
  }

  /** How long to leave the file alone after a write that took so long. */
  private long rest(long writeNanos) {
    long rest = Math.max(INTERVAL_NANOS, REST * writeNanos);
    return isSmall() ? Math.min(rest, SMALL_FILE_REST_NANOS) : rest;
  }

  private boolean isSmall() {
    try {
      return Files.size(file) <= SMALL_FILE_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean write() {
    List<String> ids = changed.take();
    if (ids.isEmpty()) {
      return true;
    }
    long start = ticker.nanos();
    boolean done = false;
    try {
      KeyFileWriter.Outcome outcome = writer.write(() -> new UsageEdit(usages, ids), true);
      long end = ticker.nanos();
      switch (outcome) {
        case KeyFileWriter.Outcome.Written written -> {
          nextNanos = end + rest(end - start);
          done = true;
          if (refused != null) {
            log.info("{}: usage is written into it again", file);
            refused = null;
          }
        }
        case KeyFileWriter.Outcome.Unchanged unchanged -> {
          nextNanos = end + rest(end - start);
          done = true;
        }
        case KeyFileWriter.Outcome.Deferred deferred ->
            nextNanos = end + Math.max(DEFERRED_NANOS, REST * (end - start));
        case KeyFileWriter.Outcome.Refused(String reason) -> {
          nextNanos = end + REFUSED_NANOS;
          if (!reason.equals(refused)) {
            log.warn("{}: usage is not written into it: {}; it is still counted", file, reason);
            refused = reason;
          }
        }
      }
      return done;
    } finally {
      if (!done) {
        changed.addAll(ids);
      }
    }
  }
}
