package dev.tallygate.quota;

import static dev.tallygate.quota.Calls.MODEL;
import static dev.tallygate.quota.Calls.upTo;
import static dev.tallygate.quota.Calls.usage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Admission.Admitted;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What settled calls teach about the ones to come. */
class ReservationTest {
  private final QuotaEnforcer enforcer =
      new QuotaEnforcer(
          new FakeTicker(), (since, sink) -> {}, new ModelLimits(200_000, 8_000, 5_000), id -> {});
  private final ApiKey key = ApiKeys.with("pk_a").tokenLimit(10_000_000).make();

  private Reservation admitted(Call call) {
    return ((Admitted) enforcer.admit(key, call)).reservation();
  }

  private long reservedFor(Call call) {
    Reservation reservation = admitted(call);
    reservation.release();
    return reservation.tokens();
  }

  @Test
  void settledAnswers_areWhatIsExpectedNext() {
    Call call = upTo(300, 32_000);
    assertThat(reservedFor(call)).isEqualTo(32_100);
    admitted(call).settle(usage(100, 120), 0, false);
    assertThat(reservedFor(call)).isEqualTo(220);
    assertThat(reservedFor(upTo(300, 10))).isEqualTo(110);
    assertThat(reservedFor(Calls.CALL)).isEqualTo(220);
  }

  @Test
  void severalAnswersOfACall_countEachForItself() {
    Call three = new Call(true, MODEL, 300, 0, false, OptionalLong.of(32_000), 3);
    admitted(three).settle(usage(100, 301), 0, false);
    assertThat(reservedFor(upTo(300, 32_000))).isEqualTo(100 + 101);
    assertThat(reservedFor(three)).isEqualTo(100 + 3 * 101);
  }

  @Test
  void estimatesReleasesAndCallsWithoutAnAnswer_teachNothing() {
    Call call = upTo(3_000, 2_000);
    admitted(call).settle(usage(3_000, 1), 8_000, true);
    admitted(call).release();
    Call embedding = new Call(true, MODEL, 100, 0, false, OptionalLong.empty(), 0);
    admitted(embedding).settle(usage(30, 0), 0, false);
    assertThat(reservedFor(call)).isEqualTo(3_000);
  }

  @Test
  void input_isLearnedFromTextAlone() {
    for (int i = 0; i < 50; i++) {
      admitted(new Call(true, MODEL, 3_000, 1, false, OptionalLong.of(0), 1))
          .settle(usage(3_000, 0), 0, false);
      admitted(new Call(true, MODEL, 3_000, 0, true, OptionalLong.of(0), 1))
          .settle(usage(3_000, 0), 0, false);
    }
    assertThat(reservedFor(upTo(3_000, 0))).isEqualTo(1_000);
    for (int i = 0; i < 50; i++) {
      admitted(upTo(3_000, 0)).settle(usage(1_500, 0), 0, false);
    }
    assertThat(reservedFor(upTo(3_000, 0))).isBetween(1_480L, 1_500L);
  }

  @Test
  void estimate_isInputAndWhatWasRelayed() {
    Reservation cut = admitted(upTo(3_000, 2_000));
    assertThat(cut.estimate(0)).isEqualTo(usage(1_000, 0));
    assertThat(cut.estimate(400)).isEqualTo(usage(1_000, 100));
    assertThat(cut.estimate(1_000_000)).isEqualTo(usage(1_000, 2_000));
    for (int i = 0; i < 50; i++) {
      admitted(upTo(3_000, 2_000)).settle(usage(1_500, 1_000), 2_000, false);
    }
    TokenUsage learned = cut.estimate(400);
    assertThat(learned.input()).isBetween(1_480L, 1_500L);
    assertThat(learned.output()).isBetween(198L, 200L);
  }

  @Test
  void clientThatAsksForMuchAndUsesLittle_runsEightCallsAtOnce() {
    ApiKey careless = ApiKeys.with("pk_b").tokenLimit(100_000).make();
    Call call = upTo(300, 32_000);
    for (int i = 0; i < 3; i++) {
      ((Admitted) enforcer.admit(careless, call)).reservation().settle(usage(100, 100), 400, false);
    }
    for (int round = 0; round < 40; round++) {
      List<Reservation> running = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Admission admission = enforcer.admit(careless, call);
        assertThat(admission).as("call %d of round %d", i, round).isInstanceOf(Admitted.class);
        running.add(((Admitted) admission).reservation());
      }
      running.forEach(each -> each.settle(usage(100, 100), 400, false));
    }
    assertThat(enforcer.view(careless).used()).isEqualTo(3 * 200 + 40 * 8 * 200);
  }
}
