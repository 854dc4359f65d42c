package dev.tallygate.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentUsageTest {
  private static final List<ModelUsage> USED = List.of(new ModelUsage("glm-4.7", 2, 30, 12));

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void used_isTold() throws Exception {
    RecentUsage recent = new RecentUsage(key -> key.equals("k_1") ? USED : List.of(), threads);
    assertThat(recent.of("k_1").get(5, SECONDS)).contains(USED);
    assertThat(recent.of("k_2").get(5, SECONDS)).contains(List.of());
  }

  @Test
  void ledgerThatCannotBeRead_isNoFailure() throws Exception {
    RecentUsage unreadable =
        new RecentUsage(
            key -> {
              throw new IOException("the disk is gone");
            },
            threads);
    RecentUsage broken =
        new RecentUsage(
            key -> {
              throw new IllegalStateException("broken on purpose");
            },
            threads);
    for (int i = 0; i < 5; i++) {
      assertThat(unreadable.of("k_1").get(5, SECONDS)).isEmpty();
      assertThat(broken.of("k_1").get(5, SECONDS)).isEmpty();
    }
  }

  @Test
  void ledgerThatHangs_isGivenUp() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    RecentUsage hanging =
        new RecentUsage(
            key -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return USED;
            },
            threads);
    assertThat(hanging.of("k_1").get(10, SECONDS)).isEmpty();
    never.countDown();
  }

  @Test
  void manyWhoAsk_readAFewAtATime() throws Exception {
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    RecentUsage recent =
        new RecentUsage(
            key -> {
              most.accumulateAndGet(reading.incrementAndGet(), Math::max);
              // Long enough for all the others to come meanwhile.
              LockSupport.parkNanos(1_000_000);
              reading.decrementAndGet();
              return USED;
            },
            threads);
    List<CompletableFuture<Optional<List<ModelUsage>>>> asked = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      asked.add(recent.of("k_1"));
    }
    for (CompletableFuture<Optional<List<ModelUsage>>> answer : asked) {
      assertThat(answer.get(10, SECONDS)).contains(USED);
    }
    assertThat(most.get()).isBetween(1, 2);
  }
}
