package dev.tallygate.quota;

import static dev.tallygate.quota.Calls.upTo;
import static dev.tallygate.quota.Calls.usage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.Admission.Admitted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** A thousand calls at the same time, most of them on a key that is nearly spent. */
class OvershootTest {
  private static final int CALLS = 1_000;
  private static final long LIMIT = 100_000;

  private final QuotaEnforcer enforcer =
      new QuotaEnforcer(
          new FakeTicker(), (since, sink) -> {}, new ModelLimits(200_000, 8_000, 5_000), id -> {});

  /** What one call does with the key; true when it was admitted. */
  private interface Caller {
    boolean call() throws InterruptedException;
  }

  private static int admittedOf(Caller caller) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Boolean>> calls = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (int i = 0; i < CALLS; i++) {
        calls.add(
            threads.submit(() -> {
              start.await();
              return caller.call();
            }));
      }
      start.countDown();
      int admitted = 0;
      for (Future<Boolean> call : calls) {
        admitted += call.get() ? 1 : 0;
      }
      return admitted;
    }
  }

  /** All calls are asked for before the first of them ends. */
  private int admittedTogether(ApiKey key, Call call, Random lengths) throws Exception {
    CountDownLatch allDecided = new CountDownLatch(CALLS);
    return admittedOf(() -> {
      Admission admission = enforcer.admit(key, call);
      allDecided.countDown();
      allDecided.await();
      if (admission instanceof Admitted(var reservation)) {
        reservation.settle(usage(100, lengths.nextInt(50, 151)), 0, true);
        return true;
      }
      return false;
    });
  }

  @RepeatedTest(5)
  void strict_neverExceedsTheLimit() throws Exception {
    ApiKey key = ApiKeys.with("pk_strict").tokenLimit(LIMIT).strict().make();
    enforcer.used(key.id(), FakeTicker.START.toEpochMilli(), LIMIT - 5_000);
    // 100 and 300 are 400 in the worst case: 12 of them fit into 5,000.
    assertThat(admittedTogether(key, upTo(100, 300), new Random(1))).isEqualTo(12);
    assertThat(enforcer.view(key).used()).isBetween(LIMIT - 5_000, LIMIT);
    assertThat(enforcer.reservedTokens()).isZero();
    assertThat(enforcer.openReservations()).isZero();
  }

  @RepeatedTest(5)
  void strict_usedToTheLastToken_endsAtTheLimit() throws Exception {
    ApiKey key = ApiKeys.with("pk_strict").tokenLimit(LIMIT).strict().make();
    enforcer.used(key.id(), FakeTicker.START.toEpochMilli(), LIMIT - 5_000);
    AtomicLong most = new AtomicLong();
    int admitted =
        admittedOf(() -> {
          boolean any = false;
          while (enforcer.admit(key, upTo(100, 300)) instanceof Admitted(var reservation)) {
            any = true;
            long output = ThreadLocalRandom.current().nextLong(301);
            if (output < 20) {
              reservation.release();
            } else {
              reservation.settle(usage(100, output), 0, true);
            }
            most.accumulateAndGet(enforcer.view(key).used(), Math::max);
          }
          return any;
        });
    assertThat(admitted).isPositive();
    assertThat(most.get()).isBetween(LIMIT - 400, LIMIT);
    assertThat(enforcer.reservedTokens()).isZero();
  }

  @Test
  void callsOfManyThreads_loseNoToken() throws Exception {
    ApiKey key = ApiKeys.with("pk_busy").tokenLimit(Long.MAX_VALUE).maxConcurrent(3).make();
    AtomicLong charged = new AtomicLong();
    int admitted =
        admittedOf(() -> {
          boolean any = false;
          for (int i = 0; i < 100; i++) {
            if (enforcer.admit(key, upTo(300, 100)) instanceof Admitted(var reservation)) {
              any = true;
              reservation.settle(usage(1, 2), 0, false);
              reservation.release();
              charged.addAndGet(3);
            }
          }
          return any;
        });
    assertThat(admitted).isPositive();
    assertThat(enforcer.view(key).used()).isEqualTo(charged.get());
    assertThat(enforcer.reservedTokens()).isZero();
    assertThat(enforcer.openReservations()).isZero();
  }

  @RepeatedTest(5)
  void adaptive_exceedsTheLimitByLessThanACall() throws Exception {
    ApiKey key = ApiKeys.with("pk_adaptive").tokenLimit(LIMIT).make();
    Random lengths = new Random(2);
    Call call = upTo(300, 32_000);
    for (int i = 0; i < 40; i++) {
      ((Admitted) enforcer.admit(key, call))
          .reservation()
          .settle(usage(100, lengths.nextInt(50, 151)), 0, false);
    }
    enforcer.used(
        key.id(), FakeTicker.START.toEpochMilli(), LIMIT - 3_000 - enforcer.view(key).used());
    int admitted = admittedTogether(key, call, lengths);
    assertThat(admitted).isBetween(10, 17);
    assertThat(enforcer.view(key).used()).isLessThan(LIMIT + 250);
    assertThat(enforcer.reservedTokens()).isZero();
  }

  /**
   * Each call that ends a little below its estimate gives a little back; no call may live on that.
   */
  @Test
  void adaptive_whenCallsComeAsOthersEnd_exceedsTheLimitByLessThanACall() {
    ApiKey key = ApiKeys.with("pk_busy").tokenLimit(LIMIT).make();
    Call call = upTo(60, 1_001);
    ArrayDeque<Reservation> running = new ArrayDeque<>();
    for (int ended = 0; ended < 200; ended++) {
      while (running.size() < 64
          && enforcer.admit(key, call) instanceof Admitted(Reservation reservation)) {
        running.add(reservation);
      }
      if (running.isEmpty()) {
        break;
      }
      running.remove().settle(usage(15, 1_000), 0, false);
    }
    assertThat(running).isEmpty();
    assertThat(enforcer.view(key).used()).isBetween(LIMIT, LIMIT + 1_015);
  }

  @Test
  void answersAsShortAsTheirClientAllowed_promiseNothing() throws Exception {
    ApiKey key = ApiKeys.with("pk_sly").tokenLimit(LIMIT).make();
    for (int i = 0; i < 32; i++) {
      ((Admitted) enforcer.admit(key, upTo(300, 1))).reservation().settle(usage(100, 1), 0, false);
    }
    assertThat(admittedTogether(key, upTo(300, 32_000), new Random(4))).isEqualTo(4);
  }

  /** Without history it is the client's own maximum that bounds how many calls run at once. */
  @Test
  void adaptive_withoutHistory_reservesWhatTheClientAllows() throws Exception {
    ApiKey key = ApiKeys.with("pk_new").tokenLimit(LIMIT).make();
    assertThat(admittedTogether(key, upTo(300, 32_000), new Random(3))).isEqualTo(4);
    assertThat(enforcer.view(key).used()).isLessThan(LIMIT);
  }
}
