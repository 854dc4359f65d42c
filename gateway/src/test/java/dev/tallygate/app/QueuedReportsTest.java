package dev.tallygate.app;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.usage.TooManyReportsException;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageReports;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueuedReportsTest {
  private static final UsageQuery QUERY =
      new UsageQuery(null, FakeTicker.START, null, List.of(UsageGrouping.KEY), 1);
  private static final UsageReport REPORT =
      new UsageReport(List.of(UsageGrouping.KEY), FakeTicker.START, null, List.of(), true);

  private final AtomicBoolean released = new AtomicBoolean();
  private final CountDownLatch reading = new CountDownLatch(1);
  private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Holds the thread it is read on as native code does: a virtual one could not leave its carrier.
   */
  private UsageReport hold() throws IOException {
    reading.countDown();
    while (!released.get()) {
      if (Thread.interrupted()) {
        throw new IOException("stopped");
      }
      Thread.onSpinWait();
    }
    return REPORT;
  }

  private static QueuedReports queued(UsageReports reports, Duration patience) {
    return new QueuedReports("report", reports, patience);
  }

  private static QueuedReports queued(UsageReports reports) {
    return queued(reports, Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    released.set(true);
    virtual.close();
  }

  @Test
  void keyIsLoaded_whileReportsHoldTheirThread() throws Exception {
    try (QueuedReports reports = queued(query -> hold())) {
      List<Future<UsageReport>> asked = new ArrayList<>();
      // More than there are carriers by default: one for each core.
      for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors() && i < 16; i++) {
        asked.add(virtual.submit(() -> reports.read(QUERY)));
      }
      assertThat(reading.await(10, SECONDS)).isTrue();
      assertThat(virtual.submit(() -> "loaded").get(10, SECONDS)).isEqualTo("loaded");
      released.set(true);
      for (Future<UsageReport> each : asked) {
        assertThat(each.get(10, SECONDS)).isSameAs(REPORT);
      }
    }
  }

  @Test
  void moreThanMayWait_areTurnedAway() throws Exception {
    try (QueuedReports reports = queued(query -> hold())) {
      CompletionService<UsageReport> asked = new ExecutorCompletionService<>(virtual);
      for (int i = 0; i < 40; i++) {
        asked.submit(() -> reports.read(QUERY));
      }
      // One is read, sixteen wait.
      for (int i = 0; i < 40 - 17; i++) {
        assertThatExceptionOfType(ExecutionException.class)
            .isThrownBy(asked.take()::get)
            .withCauseInstanceOf(TooManyReportsException.class);
      }
      released.set(true);
      for (int i = 0; i < 17; i++) {
        assertThat(asked.take().get(10, SECONDS)).isSameAs(REPORT);
      }
    }
  }

  @Test
  void reportThatTakesTooLong_isStopped_andTheNextIsRead() throws Exception {
    AtomicInteger read = new AtomicInteger();
    UsageReports slowAtFirst = query -> read.incrementAndGet() == 1 ? hold() : REPORT;
    try (QueuedReports reports = queued(slowAtFirst, Duration.ofSeconds(1))) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> reports.read(QUERY))
          .withMessageContainingAll("given up after 1 s", "a shorter time");
      assertThat(reports.read(QUERY)).isSameAs(REPORT);
    }
  }

  @Test
  void failure_isTheCallers() {
    IOException gone = new IOException("the disk is gone");
    try (QueuedReports reports =
        queued(query -> {
          throw gone;
        })) {
      assertThatThrownBy(() -> reports.read(QUERY)).isSameAs(gone);
    }
    IllegalStateException bug = new IllegalStateException("broken on purpose");
    try (QueuedReports reports =
        queued(query -> {
          throw bug;
        })) {
      assertThatThrownBy(() -> reports.read(QUERY)).isSameAs(bug);
    }
  }

  @Test
  void close_givesUpWhatIsReadAndWhatWaits() throws Exception {
    QueuedReports reports = queued(query -> hold());
    CompletionService<UsageReport> asked = new ExecutorCompletionService<>(virtual);
    asked.submit(() -> reports.read(QUERY));
    assertThat(reading.await(10, SECONDS)).isTrue();
    asked.submit(() -> reports.read(QUERY));
    reports.close();
    List<String> told = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Future<UsageReport> each = asked.take();
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(each::get)
          .withCauseInstanceOf(IOException.class)
          .satisfies(e -> told.add(String.valueOf(e.getCause())));
    }
    assertThat(told).contains("java.io.IOException: stopped").hasSize(2);
  }
}
