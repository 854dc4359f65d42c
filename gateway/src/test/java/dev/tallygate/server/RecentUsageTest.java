package dev.tallygate.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentUsageTest {
  private static final List<ModelUsage> USED = List.of(new ModelUsage("glm-4.7", 2, 30, 12));

  private final FakeTicker ticker = new FakeTicker();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void used_isTold() throws Exception {
    RecentUsage recent =
        new RecentUsage(key -> key.equals("k_1") ? USED : List.of(), threads, ticker);
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
            threads,
            ticker);
    RecentUsage broken =
        new RecentUsage(
            key -> {
              throw new IllegalStateException("broken on purpose");
            },
            threads,
            ticker);
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
            threads,
            ticker);
    assertThat(hanging.of("k_1").get(10, SECONDS)).isEmpty();
    never.countDown();
  }

  @Test
  void answer_servesAllWhoAskAboutTheKey_forFiveSeconds() throws Exception {
    CountDownLatch allAsked = new CountDownLatch(1);
    AtomicInteger read = new AtomicInteger();
    RecentUsage recent =
        new RecentUsage(
            key -> {
              read.incrementAndGet();
              try {
                allAsked.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return USED;
            },
            threads,
            ticker);
    List<CompletableFuture<Optional<List<ModelUsage>>>> asked = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      asked.add(recent.of("k_1"));
    }
    allAsked.countDown();
    for (CompletableFuture<Optional<List<ModelUsage>>> answer : asked) {
      assertThat(answer.get(10, SECONDS)).contains(USED);
    }
    ticker.advance(Duration.ofMillis(4_999));
    assertThat(recent.of("k_1").get(5, SECONDS)).contains(USED);
    assertThat(read).hasValue(1);
    ticker.advance(Duration.ofMillis(2));
    assertThat(recent.of("k_1").get(5, SECONDS)).contains(USED);
    assertThat(read).hasValue(2);
  }

  @Test
  void failure_isNotKept() throws Exception {
    AtomicInteger read = new AtomicInteger();
    RecentUsage recent =
        new RecentUsage(
            key -> {
              if (read.incrementAndGet() == 1) {
                throw new IOException("the disk is gone");
              }
              return USED;
            },
            threads,
            ticker);
    assertThat(recent.of("k_1").get(5, SECONDS)).isEmpty();
    assertThat(recent.of("k_1").get(5, SECONDS)).contains(USED);
  }
}
