package dev.tallygate.app;

import dev.tallygate.usage.TooManyReportsException;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageReports;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads reports one after the other on a platform thread of its own. SQLite blocks in native code:
 * on virtual threads a few reports would hold every carrier, and with them whatever else runs on
 * such threads, the loading of keys first of all. A caller's virtual thread only waits.
 *
 * <p>Reports that wait are few, and one that takes too long is stopped by an interrupt.
 * Thread-safe.
 */
final class QueuedReports implements UsageReports, AutoCloseable {
  private static final int MOST_WAITING = 16;
  private static final int IDLE_SECONDS = 10;

  private final UsageReports reports;
  private final Duration patience;
  private final ThreadPoolExecutor thread;

  /**
   * @param name of the thread, which is there while there are reports
   * @param reports stops reading when its thread is interrupted
   * @param patience for the waiting and the reading together
   */
  QueuedReports(String name, UsageReports reports, Duration patience) {
    this.reports = reports;
    this.patience = patience;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().name(name).daemon().factory());
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * @throws TooManyReportsException when too many wait
   * @throws IOException also when this one took too long
   */
  @Override
  public UsageReport read(UsageQuery query) throws IOException {
    FutureTask<UsageReport> task = new FutureTask<>(() -> reports.read(query));
    try {
      thread.execute(task);
      return task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException _) {
      throw new TooManyReportsException();
    } catch (TimeoutException e) {
      throw new IOException(
          "The usage report was given up after "
              + patience.toSeconds()
              + " s. Ask again in a moment, for a shorter time, or for one key.",
          e);
    } catch (CancellationException e) {
      throw new IOException("The gateway is ending.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a usage report");
    } catch (ExecutionException e) {
      throw failure(e);
    } finally {
      if (task.cancel(true)) {
        thread.remove(task);
      }
    }
  }

  private static IOException failure(ExecutionException e) {
    return switch (e.getCause()) {
      case IOException io -> io;
      case RuntimeException bug -> throw bug;
      case Error error -> throw error;
      case null, default -> throw new IllegalStateException(e);
    };
  }

  /** Gives up what is being read or waits. */
  @Override
  public void close() {
    for (Runnable waiting : thread.shutdownNow()) {
      ((Future<?>) waiting).cancel(false);
    }
  }
}
