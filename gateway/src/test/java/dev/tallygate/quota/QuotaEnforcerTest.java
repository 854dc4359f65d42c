package dev.tallygate.quota;

import static dev.tallygate.quota.Calls.CALL;
import static dev.tallygate.quota.Calls.input;
import static dev.tallygate.quota.Calls.upTo;
import static dev.tallygate.quota.Calls.usage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Admission.Limit;
import dev.tallygate.quota.Admission.NeverFits;
import dev.tallygate.quota.Admission.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class QuotaEnforcerTest {
  private static final Instant NOON = FakeTicker.START;
  private static final ModelLimits LIMITS = new ModelLimits(200_000, 4_000, 5_000);

  private final FakeTicker ticker = new FakeTicker();
  private final List<String> charged = new ArrayList<>();
  private final QuotaEnforcer enforcer =
      new QuotaEnforcer(ticker, (since, sink) -> {}, LIMITS, charged::add);
  private final ApiKey key = ApiKeys.with("pk_a").tokenLimit(1_000).make();

  private Reservation admitted(ApiKey who, Call call) {
    return ((Admitted) enforcer.admit(who, call)).reservation();
  }

  private Reservation admitted(ApiKey who) {
    return admitted(who, CALL);
  }

  private Rejected rejected(ApiKey who, Call call) {
    return (Rejected) enforcer.admit(who, call);
  }

  private Rejected rejected(ApiKey who) {
    return rejected(who, CALL);
  }

  private void uses(ApiKey who, long tokens) {
    assertThat(admitted(who).settle(input(tokens), 0, false)).isTrue();
  }

  @Test
  void unusedKey_hasItsWholeLimitAndAWindowFromNow() {
    assertThat(enforcer.view(key))
        .isEqualTo(
            new QuotaView(
                0,
                0,
                1_000,
                1_000,
                NOON.getEpochSecond(),
                NOON.plus(Duration.ofHours(5)).getEpochSecond(),
                Duration.ZERO,
                null,
                0));
  }

  @Test
  void settledTokens_count() {
    ticker.advance(Duration.ofSeconds(30));
    uses(key, 400);
    ticker.advance(Duration.ofMinutes(10));
    QuotaView view = enforcer.view(key);
    assertThat(view.used()).isEqualTo(400);
    assertThat(view.reserved()).isZero();
    assertThat(view.remaining()).isEqualTo(600);
    assertThat(view.windowStartedAt()).isEqualTo(NOON);
    assertThat(view.windowEndsAt()).isEqualTo(NOON.plus(Duration.ofMinutes(301)));
    assertThat(view.reset()).isEqualTo(Duration.ofMinutes(301).minus(Duration.ofSeconds(630)));
  }

  @Test
  void settle_countsInputAndOutputAtItsOwnTime() {
    Reservation running = admitted(key);
    ticker.advance(Duration.ofMinutes(30));
    running.settle(usage(30, 12), 0, true);
    assertThat(enforcer.view(key).used()).isEqualTo(42);
    assertThat(enforcer.view(key).windowStartedAt()).isEqualTo(NOON.plus(Duration.ofMinutes(30)));
  }

  @Test
  void settle_ofMoreThanANumberHolds_countsAsTheMost() {
    admitted(key).settle(usage(Long.MAX_VALUE, Long.MAX_VALUE), 0, false);
    assertThat(enforcer.view(key).used()).isGreaterThan(1L << 50);
    assertThat(rejected(key).limit()).isEqualTo(Limit.TOKENS);
  }

  @Test
  void windowOfTheSameUsage_alwaysBeginsAndEndsAtTheSameTime() {
    uses(key, 400);
    for (int look = 0; look < 100; look++) {
      ticker.advance(Duration.ofNanos(12_345_678));
      QuotaView view = enforcer.view(key);
      assertThat(view.windowStartedAt()).isEqualTo(NOON);
      assertThat(view.windowEndsAt()).isEqualTo(NOON.plus(Duration.ofMinutes(301)));
    }
  }

  @Test
  void call_isAdmittedWhileAnythingIsLeft() {
    uses(key, 999);
    uses(key, 500);
    Rejected refusal = rejected(key);
    assertThat(refusal.limit()).isEqualTo(Limit.TOKENS);
    assertThat(refusal.tokensUsed()).isEqualTo(1_499);
    assertThat(refusal.tokensReserved()).isZero();
    assertThat(refusal.tokensLimit()).isEqualTo(1_000);
    assertThat(enforcer.view(key).remaining()).isZero();
  }

  @Test
  void freesAt_goesByWhatIsUsed_notByWhatIsReserved() {
    ApiKey strict = ApiKeys.with("pk_b").tokenLimit(1_000).strict().make();
    enforcer.used(strict.id(), ticker.epochMillis(), 200);
    ticker.advance(Duration.ofMinutes(10));
    Reservation running = admitted(strict, upTo(300, 500));
    assertThat(enforcer.view(strict).available()).isZero();
    assertThat(enforcer.freesAt(strict)).isNull();
    running.settle(input(900), 0, false);
    assertThat(enforcer.freesAt(strict))
        .as("when the first 200 leave")
        .isEqualTo(NOON.plus(Duration.ofMinutes(301)));
    assertThat(enforcer.freesAt(ApiKeys.with("pk_none").tokenLimit(0).make())).isNull();
  }

  @Test
  void adaptive_reservesTheEstimate_evenWhereLessIsLeft() {
    Reservation first = admitted(key, upTo(300, 500));
    assertThat(first.tokens()).isEqualTo(600);
    Reservation second = admitted(key, upTo(300, 500));
    assertThat(second.tokens()).isEqualTo(600);
    assertThat(enforcer.reservedTokens()).isEqualTo(1_200);

    QuotaView view = enforcer.view(key);
    assertThat(view.used()).isZero();
    assertThat(view.reserved()).isEqualTo(1_200);
    assertThat(view.remaining()).isEqualTo(1_000);
    assertThat(view.available()).isZero();
    assertThat(view.reset()).isEqualTo(Duration.ofMinutes(301));
    assertThat(second.view()).isEqualTo(view);

    first.settle(usage(50, 50), 0, false);
    assertThat(enforcer.view(key).available()).isEqualTo(300);
    second.release();
    assertThat(enforcer.view(key).available()).isEqualTo(900);
    assertThat(enforcer.reservedTokens()).isZero();
  }

  @Test
  void reservationsInTheWay_meanComingBackSoon() {
    Reservation running = admitted(key, upTo(300, 5_000));
    Rejected refusal = rejected(key);
    assertThat(refusal.limit()).isEqualTo(Limit.TOKENS);
    assertThat(refusal.tokensUsed()).isZero();
    assertThat(refusal.tokensReserved()).isEqualTo(1_000);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(refusal.windowEndsAt()).isEqualTo(NOON.plusSeconds(1));
    running.release();
    admitted(key).release();
  }

  @Test
  void retryAfter_isTheTruth() {
    uses(key, 600);
    ticker.advance(Duration.ofMinutes(20));
    uses(key, 600);
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
  void retryAfter_countsWhatIsReservedAsUsed() {
    admitted(key).settle(input(300), 0, true);
    ticker.advance(Duration.ofMinutes(10));
    Reservation running = admitted(key, upTo(0, 699));
    Reservation other = admitted(ApiKeys.with("pk_a").tokenLimit(1_100).make(), upTo(0, 5_000));
    assertThat(running.tokens()).isEqualTo(700);
    other.settle(input(800), 0, true);
    // 300 and 800 are used: without the 300 they are below the limit, with the reservation not.
    assertThat(rejected(key).retryAfter()).isEqualTo(Duration.ofMinutes(301));
    running.release();
    assertThat(rejected(key).retryAfter()).isEqualTo(Duration.ofMinutes(291));
  }

  @Test
  void limitOfZero_admitsNothingAndSaysTheWindow() {
    ApiKey none = ApiKeys.with("pk_none").tokenLimit(0).make();
    assertThat(rejected(none).retryAfter()).isEqualTo(Duration.ofHours(5));
    assertThat(rejected(none).windowEndsAt()).isEqualTo(NOON.plus(Duration.ofHours(5)));
    ApiKey strict = ApiKeys.with("pk_none").tokenLimit(0).strict().make();
    assertThat(enforcer.admit(strict, CALL)).isInstanceOf(NeverFits.class);
  }

  @Test
  void callWithoutTokens_ignoresTheTokenLimitOnly() {
    ApiKey spent =
        ApiKeys.with("pk_none").tokenLimit(0).requestsPerMinute(2).maxConcurrent(1).make();
    Reservation running = admitted(spent, Call.WITHOUT_TOKENS);
    assertThat(running.tokens()).isZero();
    assertThat(rejected(spent, Call.WITHOUT_TOKENS).limit()).isEqualTo(Limit.CONCURRENCY);
    running.release();
    admitted(spent, Call.WITHOUT_TOKENS).release();
    assertThat(rejected(spent, Call.WITHOUT_TOKENS).limit()).isEqualTo(Limit.REQUESTS);
    ApiKey strict = ApiKeys.with("pk_strict").tokenLimit(0).strict().make();
    admitted(strict, Call.WITHOUT_TOKENS).release();
  }

  @Test
  void changedLimit_countsAtOnceAndUsageStays() {
    uses(key, 900);
    ApiKey less = ApiKeys.with("pk_a").tokenLimit(800).make();
    assertThat(rejected(less).tokensUsed()).isEqualTo(900);
    ApiKey more = ApiKeys.with("pk_a").tokenLimit(5_000).make();
    assertThat(enforcer.view(more).remaining()).isEqualTo(4_100);
  }

  @Test
  void limitLoweredBelowWhatIsReserved_neitherOverflowsNorWaitsForever() {
    Reservation running = admitted(key, upTo(0, 900));
    ApiKey less = ApiKeys.with("pk_a").tokenLimit(100).make();
    assertThat(rejected(less).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(enforcer.view(less).available()).isZero();
    running.settle(input(50), 0, false);
    admitted(less).release();
  }

  @Test
  void strict_reservesTheWorstCase() {
    ApiKey strict = ApiKeys.with("pk_s").tokenLimit(10_000).strict().make();
    Reservation first = admitted(strict, upTo(3_000, 2_000));
    assertThat(first.tokens()).isEqualTo(5_000);
    Reservation second = admitted(strict, upTo(3_000, 2_000));
    assertThat(rejected(strict, upTo(1, 1)).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    first.settle(usage(1_000, 1_500), 0, false);
    assertThat(admitted(strict, upTo(500, 2_000)).tokens()).isEqualTo(2_500);
    assertThat(enforcer.view(strict).available()).isZero();
    second.release();
    assertThat(enforcer.view(strict).available()).isEqualTo(5_000);
  }

  @Test
  void strict_refusesForGoodWhatCanNeverFit() {
    ApiKey strict = ApiKeys.with("pk_s").tokenLimit(4_999).strict().make();
    assertThat(enforcer.admit(strict, upTo(3_000, 2_000)))
        .isEqualTo(new NeverFits(5_000, 4_999, true));
    assertThat(enforcer.admit(strict, Calls.withoutMaximum(1_000)))
        .isEqualTo(new NeverFits(5_000, 4_999, false));
    assertThat(enforcer.openReservations()).isZero();
    assertThat(enforcer.admit(strict, upTo(3_000, 1_999))).isInstanceOf(Admitted.class);
  }

  @Test
  void strict_saysWhenThisCallFits() {
    ApiKey strict = ApiKeys.with("pk_s").tokenLimit(10_000).strict().make();
    admitted(strict, upTo(0, 9_000)).settle(input(3_000), 0, false);
    ticker.advance(Duration.ofMinutes(10));
    admitted(strict, upTo(0, 6_000)).settle(input(4_000), 0, false);
    ticker.advance(Duration.ofMinutes(10));
    assertThat(rejected(strict, upTo(1_000, 4_000)).retryAfter())
        .isEqualTo(Duration.ofMinutes(301 - 20));
    assertThat(rejected(strict, upTo(1_000, 7_000)).retryAfter())
        .isEqualTo(Duration.ofMinutes(311 - 20));
    // What is reserved stays if nothing else happens, so it takes the later minute too.
    Reservation running = admitted(strict, upTo(0, 2_000));
    assertThat(rejected(strict, upTo(1_000, 4_000)).retryAfter())
        .isEqualTo(Duration.ofMinutes(311 - 20));
    running.release();

    ticker.advance(Duration.ofMinutes(281).minusMillis(1));
    assertThat(rejected(strict, upTo(1_000, 4_000)).retryAfter()).isEqualTo(Duration.ofMillis(1));
    ticker.advance(Duration.ofMillis(1));
    admitted(strict, upTo(1_000, 4_000)).release();
  }

  @Test
  void hugeDemands_doNotOverflow() {
    Call huge =
        new Call(
            true,
            Calls.MODEL,
            Long.MAX_VALUE,
            Integer.MAX_VALUE,
            true,
            OptionalLong.of(Integer.MAX_VALUE),
            Integer.MAX_VALUE);
    Reservation reservation = admitted(key, huge);
    assertThat(reservation.tokens()).isEqualTo(1_000);
    reservation.release();
    ApiKey strict = ApiKeys.with("pk_s").tokenLimit(1_000_000).strict().make();
    NeverFits never = (NeverFits) enforcer.admit(strict, huge);
    assertThat(never.worstCase()).isGreaterThan(1L << 61);
    ApiKey endless = ApiKeys.with("pk_m").tokenLimit(Long.MAX_VALUE).strict().make();
    assertThat(enforcer.admit(endless, huge)).isInstanceOf(Admitted.class);
    assertThat(enforcer.admit(endless, huge)).isInstanceOf(Admitted.class);
    assertThat(rejected(endless, huge).retryAfter()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void requestsPerMinute_slide() {
    ApiKey limited = ApiKeys.with("pk_rpm").requestsPerMinute(2).make();
    admitted(limited).release();
    ticker.advance(Duration.ofSeconds(30));
    uses(limited, 1);
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
  void ofSeveralLimits_theOneThatTakesLongestIsNamed() {
    ApiKey limited =
        ApiKeys.with("pk_all").tokenLimit(1_000).requestsPerMinute(1).maxConcurrent(1).make();
    Reservation running = admitted(limited, upTo(0, 5_000));
    // Tokens and place may be free in a second, the next request is in a minute.
    assertThat(rejected(limited).limit()).isEqualTo(Limit.REQUESTS);
    assertThat(rejected(limited).retryAfter()).isEqualTo(Duration.ofSeconds(61));
    running.settle(input(2_000), 0, false);
    assertThat(rejected(limited).limit()).isEqualTo(Limit.TOKENS);
    assertThat(rejected(limited).retryAfter()).isEqualTo(Duration.ofMinutes(301));
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
    assertThat(enforcer.reservedTokens()).isZero();
  }

  @Test
  void maxConcurrent_isFreedByEveryKindOfEnd() {
    ApiKey limited = ApiKeys.with("pk_conc").maxConcurrent(2).make();
    Reservation first = admitted(limited);
    Reservation second = admitted(limited);
    assertThat(rejected(limited).limit()).isEqualTo(Limit.CONCURRENCY);
    assertThat(rejected(limited).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(enforcer.openReservations()).isEqualTo(2);
    first.settle(input(5), 0, false);
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
    assertThat(reservation.settle(input(10), 0, false)).isTrue();
    assertThat(reservation.settle(input(10), 0, false)).isFalse();
    assertThat(reservation.release()).isFalse();
    assertThat(enforcer.view(limited).used()).isEqualTo(10);
    assertThat(enforcer.openReservations()).isZero();
    assertThat(enforcer.reservedTokens()).isZero();
    assertThat(charged).containsExactly(limited.id());
    admitted(limited);
    assertThat(rejected(limited).limit()).isEqualTo(Limit.CONCURRENCY);
  }

  @Test
  void chargedKeys_areTold_releasedOnesNot() {
    admitted(key).release();
    assertThat(charged).isEmpty();
    admitted(key).settle(input(0), 0, false);
    admitted(key).settle(input(1), 0, true);
    assertThat(charged).containsExactly(key.id(), key.id());
  }

  @Test
  void history_isReplayedOnceAtTheBeginning() {
    List<Long> asked = new ArrayList<>();
    long noon = ticker.epochMillis();
    QuotaEnforcer seeded =
        new QuotaEnforcer(
            ticker,
            (since, sink) -> {
              asked.add(since);
              sink.used(key.id(), noon - 4 * 3_600_000L, 700);
              sink.used(key.id(), noon - 9 * 3_600_000L, 5_000);
              sink.used(key.id(), noon + 1_000, 7);
              sink.used("other", noon, 1);
            },
            LIMITS,
            charged::add);
    assertThat(asked).containsExactly(noon - 301 * 60_000L);
    assertThat(seeded.view(key).used()).isEqualTo(707);
    assertThat(seeded.admit(key, CALL)).isInstanceOf(Admitted.class);
    assertThat(seeded.view(key).windowStartedAt()).isEqualTo(NOON.minus(Duration.ofHours(4)));
    ticker.advance(Duration.ofMinutes(61));
    assertThat(seeded.view(key).used()).isEqualTo(7);
    assertThat(asked).hasSize(1);
    assertThat(charged).isEmpty();
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
    uses(key, 1_000);
    ticker.stepWallClock(Duration.ofDays(2));
    Rejected refusal = rejected(key);
    assertThat(refusal.retryAfter()).isEqualTo(Duration.ofMinutes(301));
    assertThat(refusal.windowEndsAt()).isEqualTo(ticker.now().plus(Duration.ofMinutes(301)));
  }

  @Test
  void wallClockSetBack_keepsNothingLonger() {
    uses(key, 1_000);
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
    uses(key, 1_000);
    assertThat(enforcer.view(ApiKeys.key("pk_b")).used()).isZero();
  }

  @Test
  void hundredThousandActiveKeys_fitIn256Megabytes() {
    int keys = 100_000;
    ApiKey[] all = new ApiKey[keys];
    for (int i = 0; i < keys; i++) {
      all[i] = ApiKeys.key("pk_" + i);
    }
    long before = usedHeap();
    for (ApiKey each : all) {
      for (int minute = 0; minute <= 300; minute += 20) {
        enforcer.used(
            each.id(), ticker.epochMillis() - Duration.ofMinutes(minute).toMillis(), 1_000);
      }
      admitted(each).settle(usage(100, 100), 0, false);
    }
    charged.clear();
    assertThat(usedHeap() - before).isLessThan(256_000_000L);
    assertThat(enforcer.view(all[keys - 1]).used()).isEqualTo(16_200);
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
