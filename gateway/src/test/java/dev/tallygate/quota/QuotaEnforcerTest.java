package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Admission.Limit;
import dev.tallygate.quota.Admission.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class QuotaEnforcerTest {
  private static final Instant NOON = FakeTicker.START;

  private final FakeTicker ticker = new FakeTicker();
  private final QuotaEnforcer enforcer = new QuotaEnforcer(ticker, (id, since, sink) -> {});
  private final ApiKey key = ApiKeys.with("pk_a").tokenLimit(1_000).make();

  private Reservation admitted(ApiKey who) {
    return ((Admitted) enforcer.admit(who, Call.OF_A_MODEL)).reservation();
  }

  private Rejected rejected(ApiKey who) {
    return (Rejected) enforcer.admit(who, Call.OF_A_MODEL);
  }

  @Test
  void unusedKey_hasItsWholeLimitAndAWindowFromNow() {
    assertThat(enforcer.view(key))
        .isEqualTo(
            new QuotaView(
                0, 1_000, 1_000, NOON, NOON.plus(Duration.ofHours(5)), Duration.ZERO, null));
  }

  @Test
  void settledTokens_count() {
    ticker.advance(Duration.ofSeconds(30));
    admitted(key).settle(400);
    ticker.advance(Duration.ofMinutes(10));
    QuotaView view = enforcer.view(key);
    assertThat(view.used()).isEqualTo(400);
    assertThat(view.remaining()).isEqualTo(600);
    assertThat(view.windowStartedAt()).isEqualTo(NOON);
    assertThat(view.windowEndsAt()).isEqualTo(NOON.plus(Duration.ofMinutes(301)));
    assertThat(view.reset()).isEqualTo(Duration.ofMinutes(301).minus(Duration.ofSeconds(630)));
  }

  @Test
  void windowOfTheSameUsage_alwaysBeginsAndEndsAtTheSameTime() {
    admitted(key).settle(400);
    for (int look = 0; look < 100; look++) {
      ticker.advance(Duration.ofNanos(12_345_678));
      QuotaView view = enforcer.view(key);
      assertThat(view.windowStartedAt()).isEqualTo(NOON);
      assertThat(view.windowEndsAt()).isEqualTo(NOON.plus(Duration.ofMinutes(301)));
    }
  }

  @Test
  void call_isAdmittedWhileAnythingIsLeft() {
    admitted(key).settle(999);
    admitted(key).settle(500);
    Rejected refusal = rejected(key);
    assertThat(refusal.limit()).isEqualTo(Limit.TOKENS);
    assertThat(refusal.tokensUsed()).isEqualTo(1_499);
    assertThat(refusal.tokensLimit()).isEqualTo(1_000);
    assertThat(enforcer.view(key).remaining()).isZero();
  }

  @Test
  void retryAfter_isTheTruth() {
    admitted(key).settle(600);
    ticker.advance(Duration.ofMinutes(20));
    admitted(key).settle(600);
    ticker.advance(Duration.ofMinutes(20));
    Rejected refusal = rejected(key);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofMinutes(301 - 40));
    assertThat(refusal.windowEndsAt()).isEqualTo(NOON.plus(Duration.ofMinutes(301)));

    ticker.advance(refusal.retryAfter().minusMillis(1));
    assertThat(rejected(key).retryAfter()).isEqualTo(Duration.ofMillis(1));
    ticker.advance(Duration.ofMillis(1));
    assertThat(enforcer.view(key).used()).isEqualTo(600);
    admitted(key).release();
  }

  @Test
  void limitOfZero_admitsNothingAndSaysTheWindow() {
    ApiKey none = ApiKeys.with("pk_none").tokenLimit(0).make();
    assertThat(rejected(none).retryAfter()).isEqualTo(Duration.ofHours(5));
    assertThat(rejected(none).windowEndsAt()).isEqualTo(NOON.plus(Duration.ofHours(5)));
  }

  @Test
  void callWithoutTokens_ignoresTheTokenLimitOnly() {
    ApiKey spent = ApiKeys.with("pk_none").tokenLimit(0).maxConcurrent(1).make();
    assertThat(enforcer.admit(spent, Call.WITHOUT_TOKENS)).isInstanceOf(Admitted.class);
    assertThat(((Rejected) enforcer.admit(spent, Call.WITHOUT_TOKENS)).limit())
        .isEqualTo(Limit.CONCURRENCY);
  }

  @Test
  void changedLimit_countsAtOnceAndUsageStays() {
    admitted(key).settle(900);
    ApiKey less = ApiKeys.with("pk_a").tokenLimit(800).make();
    assertThat(rejected(less).tokensUsed()).isEqualTo(900);
    ApiKey more = ApiKeys.with("pk_a").tokenLimit(5_000).make();
    assertThat(enforcer.view(more).remaining()).isEqualTo(4_100);
  }

  @Test
  void requestsPerMinute_slide() {
    ApiKey limited = ApiKeys.with("pk_rpm").requestsPerMinute(2).make();
    admitted(limited).release();
    ticker.advance(Duration.ofSeconds(30));
    admitted(limited).settle(1);
    Rejected refusal = rejected(limited);
    assertThat(refusal.limit()).isEqualTo(Limit.REQUESTS);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(31));
    assertThat(enforcer.view(limited).requests())
        .isEqualTo(new QuotaView.Requests(2, 0, Duration.ofSeconds(61)));

    ticker.advance(refusal.retryAfter());
    assertThat(enforcer.view(limited).requests())
        .isEqualTo(new QuotaView.Requests(2, 1, Duration.ofSeconds(30)));
    admitted(limited).release();
    assertThat(rejected(limited).retryAfter()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void refusedCalls_countNowhere() {
    ApiKey limited = ApiKeys.with("pk_rpm").requestsPerMinute(1).make();
    admitted(limited).release();
    for (int i = 0; i < 5; i++) {
      ticker.advance(Duration.ofSeconds(12));
      rejected(limited);
    }
    ticker.advance(Duration.ofSeconds(1));
    admitted(limited).release();
    assertThat(enforcer.openReservations()).isZero();
  }

  @Test
  void maxConcurrent_isFreedByEveryKindOfEnd() {
    ApiKey limited = ApiKeys.with("pk_conc").maxConcurrent(2).make();
    Reservation first = admitted(limited);
    Reservation second = admitted(limited);
    assertThat(rejected(limited).limit()).isEqualTo(Limit.CONCURRENCY);
    assertThat(rejected(limited).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(enforcer.openReservations()).isEqualTo(2);
    first.settle(5);
    Reservation third = admitted(limited);
    second.release();
    third.release();
    assertThat(enforcer.openReservations()).isZero();
    assertThat(enforcer.view(limited).used()).isEqualTo(5);
  }

  @Test
  void secondEnd_isIgnored() {
    ApiKey limited = ApiKeys.with("pk_conc").maxConcurrent(1).make();
    Reservation reservation = admitted(limited);
    assertThat(reservation.settle(10)).isTrue();
    assertThat(reservation.settle(10)).isFalse();
    assertThat(reservation.release()).isFalse();
    assertThat(enforcer.view(limited).used()).isEqualTo(10);
    assertThat(enforcer.openReservations()).isZero();
    admitted(limited);
    assertThat(rejected(limited).limit()).isEqualTo(Limit.CONCURRENCY);
  }

  @Test
  void settle_refusesNegativeTokens() {
    Reservation reservation = admitted(key);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reservation.settle(-1))
        .withMessage("tokens: -1 (expected: >= 0)");
    assertThat(reservation.release()).isTrue();
  }

  @Test
  void history_isReplayedOnce() {
    List<String> asked = new ArrayList<>();
    long noon = ticker.epochMillis();
    QuotaEnforcer seeded =
        new QuotaEnforcer(
            ticker,
            (id, since, sink) -> {
              asked.add(id);
              assertThat(since).isLessThanOrEqualTo(noon - 5 * 3_600_000L);
              sink.used(noon - 4 * 3_600_000L, 700);
              sink.used(noon - 9 * 3_600_000L, 5_000);
              sink.used(noon + 1_000, 7);
            });
    assertThat(seeded.view(key).used()).isEqualTo(707);
    assertThat(seeded.admit(key, Call.OF_A_MODEL)).isInstanceOf(Admitted.class);
    assertThat(seeded.view(key).windowStartedAt()).isEqualTo(NOON.minus(Duration.ofHours(4)));
    assertThat(asked).containsExactly(key.id());
    ticker.advance(Duration.ofMinutes(61));
    assertThat(seeded.view(key).used()).isEqualTo(7);
  }

  @Test
  void importedUsage_countsAtItsTime() {
    enforcer.used(key.id(), ticker.epochMillis() - Duration.ofHours(3).toMillis(), 1_200);
    assertThat(rejected(key).retryAfter()).isEqualTo(Duration.ofMinutes(121));
    enforcer.used(key.id(), ticker.epochMillis() - Duration.ofHours(30).toMillis(), 5);
    assertThat(enforcer.view(key).used()).isEqualTo(1_200);
  }

  @Test
  void wallClockSetForward_forgetsNothing() {
    admitted(key).settle(1_000);
    ticker.stepWallClock(Duration.ofDays(2));
    Rejected refusal = rejected(key);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofMinutes(301));
    assertThat(refusal.windowEndsAt()).isEqualTo(ticker.now().plus(Duration.ofMinutes(301)));
  }

  @Test
  void wallClockSetBack_keepsNothingLonger() {
    admitted(key).settle(1_000);
    ticker.stepWallClock(Duration.ofDays(-400));
    assertThat(rejected(key).retryAfter()).isEqualTo(Duration.ofMinutes(301));
    enforcer.used(key.id(), ticker.epochMillis(), 50);
    ticker.advance(Duration.ofHours(5));
    assertThat(enforcer.view(key).used()).isEqualTo(1_050);
    ticker.advance(Duration.ofMinutes(1));
    assertThat(enforcer.view(key).used()).isZero();
  }

  @Test
  void keys_areHeldApart() {
    admitted(key).settle(1_000);
    assertThat(enforcer.view(ApiKeys.key("pk_b")).used()).isZero();
  }

  @Test
  void hundredThousandActiveKeys_fitIn256Megabytes() {
    int keys = 100_000;
    String[] ids = new String[keys];
    for (int i = 0; i < keys; i++) {
      ids[i] = "k_" + i;
    }
    long before = usedHeap();
    for (String id : ids) {
      for (int minute = 0; minute <= 300; minute += 20) {
        enforcer.used(id, ticker.epochMillis() - Duration.ofMinutes(minute).toMillis(), 1_000);
      }
    }
    assertThat(usedHeap() - before).isLessThan(256_000_000L);
    enforcer.used(ids[0], ticker.epochMillis(), 1);
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void concurrentCalls_loseNoToken() throws Exception {
    ApiKey busy = ApiKeys.with("pk_busy").tokenLimit(Long.MAX_VALUE).maxConcurrent(3).make();
    int threads = 8;
    CountDownLatch start = new CountDownLatch(1);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      List<Future<Long>> charged = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        charged.add(
            pool.submit(() -> {
              start.await();
              long mine = 0;
              for (int i = 0; i < 5_000; i++) {
                if (enforcer.admit(busy, Call.OF_A_MODEL) instanceof Admitted(var open)) {
                  open.settle(3);
                  open.release();
                  mine += 3;
                }
              }
              return mine;
            }));
      }
      start.countDown();
      long total = 0;
      for (Future<Long> future : charged) {
        total += future.get();
      }
      assertThat(enforcer.view(busy).used()).isEqualTo(total).isPositive();
      assertThat(enforcer.openReservations()).isZero();
    }
  }
}
