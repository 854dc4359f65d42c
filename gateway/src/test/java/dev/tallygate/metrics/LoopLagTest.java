package dev.tallygate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;

class LoopLagTest {
  @Test
  void loopThatIsHeldUp_shows_andItsLagIsCounted() {
    try (ScheduledExecutorService busy = Executors.newSingleThreadScheduledExecutor();
        ScheduledExecutorService idle = Executors.newSingleThreadScheduledExecutor()) {
      LoopLag lag = new LoopLag(List.of(busy, idle), Ticker.system());
      CountDownLatch held = new CountDownLatch(1);
      busy.execute(() -> {
        try {
          held.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> lag.stalledNanos() > Duration.ofMillis(300).toNanos());
      held.countDown();
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(lag.times().sum()).isGreaterThan(0.3));
      assertThat(Arrays.stream(lag.times().counts()).sum()).isPositive();
      busy.shutdownNow();
      idle.shutdownNow();
    }
  }
}
