package dev.tallygate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.upstream.ConcurrencyLimit.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
  private final List<String> granted = new ArrayList<>();

  private ConcurrencyLimit.Waiter waiter(String key, String name) {
    return new ConcurrencyLimit.Waiter() {
      @Override
      public String keyId() {
        return key;
      }

      @Override
      public void granted() {
        granted.add(name);
      }
    };
  }

  @Test
  void keysTakeTurns_eachInItsOwnOrder() {
    ConcurrencyLimit limit = new ConcurrencyLimit(1, Duration.ofSeconds(1));
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    assertThat(limit.enter()).isEqualTo(Entry.FULL);
    for (String name : List.of("a1", "a2", "a3", "b1", "c1", "b2")) {
      limit.await(waiter(name.substring(0, 1), name));
    }
    assertThat(limit.waiting()).isEqualTo(6);
    for (int i = 0; i < 7; i++) {
      limit.exit();
    }
    assertThat(granted).containsExactly("a1", "b1", "c1", "a2", "b2", "a3");
    assertThat(limit.running()).isZero();
    assertThat(limit.waiting()).isZero();
  }

  @Test
  void whoLeaves_isNotCalled_andLeavesNothing() {
    ConcurrencyLimit limit = new ConcurrencyLimit(1, Duration.ofSeconds(1));
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    ConcurrencyLimit.Waiter gone = waiter("a", "gone");
    limit.await(gone);
    limit.await(waiter("b", "b1"));
    assertThat(limit.leave(gone)).isTrue();
    assertThat(limit.leave(gone)).isFalse();
    limit.exit();
    assertThat(granted).containsExactly("b1");
    limit.exit();
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
  }

  @Test
  void placeThatBecomesFreeBeforeTheWait_isTaken() {
    ConcurrencyLimit limit = new ConcurrencyLimit(1, Duration.ofSeconds(1));
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    assertThat(limit.enter()).isEqualTo(Entry.FULL);
    limit.exit();
    limit.await(waiter("a", "a1"));
    assertThat(granted).containsExactly("a1");
    assertThat(limit.running()).isEqualTo(1);
  }

  @Test
  void none_letsEverybodyIn() {
    ConcurrencyLimit none = new ConcurrencyLimit(0, Duration.ZERO);
    for (int i = 0; i < 1000; i++) {
      assertThat(none.enter()).isEqualTo(Entry.UNCOUNTED);
    }
    assertThat(none.running()).isZero();
  }

  @Test
  void lessThanAreRunning_letsNobodyInUntilSoManyHaveEnded() {
    ConcurrencyLimit limit = new ConcurrencyLimit(3, Duration.ofSeconds(1));
    for (int i = 0; i < 3; i++) {
      assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    }
    limit.change(1, Duration.ofSeconds(2));
    assertThat(limit.patience()).isEqualTo(Duration.ofSeconds(2));
    limit.await(waiter("a", "a1"));
    limit.exit();
    limit.exit();
    assertThat(granted).isEmpty();
    limit.exit();
    assertThat(granted).containsExactly("a1");
    assertThat(limit.running()).isEqualTo(1);
  }

  @Test
  void more_givesThoseWhoWaitTheirTurn() {
    ConcurrencyLimit limit = new ConcurrencyLimit(1, Duration.ofSeconds(1));
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    for (String name : List.of("a1", "a2", "b1", "a3")) {
      limit.await(waiter(name.substring(0, 1), name));
    }
    limit.change(3, Duration.ofSeconds(1));
    assertThat(granted).containsExactly("a1", "b1");
    limit.change(0, Duration.ZERO);
    assertThat(granted).containsExactly("a1", "b1", "a2", "a3");
    assertThat(limit.enter()).isEqualTo(Entry.UNCOUNTED);
    for (int i = 0; i < 5; i++) {
      limit.exit();
    }
    assertThat(limit.running()).isZero();
  }

  @Test
  void limitWhereThereWasNone_countsThoseWhoComeFromThenOn() {
    ConcurrencyLimit limit = new ConcurrencyLimit(0, Duration.ZERO);
    assertThat(limit.enter()).isEqualTo(Entry.UNCOUNTED);
    limit.change(1, Duration.ZERO);
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    assertThat(limit.enter()).isEqualTo(Entry.FULL);
  }

  @Test
  void manyThreads_neverExceedIt_andAllHaveTheirTurn() throws Exception {
    ConcurrencyLimit limit = new ConcurrencyLimit(3, Duration.ofSeconds(1));
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    int calls = 4_000;
    CountDownLatch done = new CountDownLatch(calls);
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < calls; i++) {
        String key = "k" + ThreadLocalRandom.current().nextInt(5);
        Runnable call =
            () -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              running.decrementAndGet();
              limit.exit();
              done.countDown();
            };
        threads.execute(() -> {
          if (limit.enter() == Entry.ADMITTED) {
            call.run();
            return;
          }
          limit.await(
              new ConcurrencyLimit.Waiter() {
                @Override
                public String keyId() {
                  return key;
                }

                @Override
                public void granted() {
                  threads.execute(call);
                }
              });
        });
      }
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(most.get()).isBetween(1, 3);
    assertThat(limit.running()).isZero();
    assertThat(limit.waiting()).isZero();
  }
}
