package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PricingTest {
  private static final OptionalLong NONE = OptionalLong.empty();

  private final Calibration calibration = new Calibration();
  private final Pricing pricing = new Pricing(new ModelLimits(10_000, 4_000, 1_500), calibration);

  private static OptionalLong tokens(long count) {
    return OptionalLong.of(count);
  }

  private static Call call(
      long textBytes, int media, boolean unseen, OptionalLong maxOutput, int answers) {
    return new Call(true, Calls.MODEL, textBytes, media, unseen, maxOutput, answers);
  }

  @Test
  void expectedOutput_isTheHistorysWithinTheMaximum() {
    Call asksForMuch = call(300, 0, false, tokens(32_000), 1);
    assertThat(pricing.estimate(asksForMuch, NONE)).isEqualTo(32_100);
    assertThat(pricing.estimate(asksForMuch, tokens(150))).isEqualTo(250);
    assertThat(pricing.estimate(call(300, 0, false, tokens(50), 1), tokens(150))).isEqualTo(150);
    assertThat(pricing.estimate(call(300, 0, false, NONE, 1), tokens(150))).isEqualTo(250);
    assertThat(pricing.estimate(call(300, 0, false, NONE, 1), NONE)).isEqualTo(1_124);
  }

  @Test
  void answers_multiplyTheOutput() {
    assertThat(pricing.estimate(call(300, 0, false, tokens(50), 4), NONE)).isEqualTo(300);
    assertThat(pricing.estimate(call(300, 0, false, NONE, 0), tokens(500))).isEqualTo(100);
    assertThat(pricing.worstCase(call(300, 0, false, tokens(50), 4))).isEqualTo(500);
    assertThat(pricing.worstCase(call(300, 0, false, NONE, 2))).isEqualTo(8_300);
    assertThat(pricing.worstCase(call(300, 0, false, NONE, 0))).isEqualTo(300);
  }

  @Test
  void estimatedInput_followsTheModel() {
    for (int i = 0; i < 50; i++) {
      calibration.learn(Calls.MODEL, 2_000, 4_000, 0, 0);
    }
    assertThat(pricing.inputEstimate(Calls.withoutMaximum(2_000))).isBetween(990L, 1_000L);
  }

  @Test
  void input_isAtLeastOneTokenAndAtMostTheContext() {
    assertThat(pricing.inputEstimate(call(0, 0, false, NONE, 0))).isEqualTo(1);
    assertThat(pricing.inputEstimate(call(1_000_000, 0, false, NONE, 0))).isEqualTo(10_000);
    assertThat(pricing.inputEstimate(call(0, 2, false, NONE, 0))).isEqualTo(2_000);
    assertThat(pricing.inputEstimate(call(300, 0, true, NONE, 0))).isEqualTo(2_100);
    assertThat(pricing.worstCase(call(0, 0, false, NONE, 0))).isEqualTo(1);
    assertThat(pricing.worstCase(call(9_999, 0, false, NONE, 0))).isEqualTo(9_999);
    assertThat(pricing.worstCase(call(1_000_000, 0, false, NONE, 0))).isEqualTo(10_000);
    assertThat(pricing.worstCase(call(500, 2, false, NONE, 0))).isEqualTo(3_500);
    assertThat(pricing.worstCase(call(500, 7, false, NONE, 0))).isEqualTo(10_000);
    assertThat(pricing.worstCase(call(500, 0, true, NONE, 0))).isEqualTo(10_000);
  }

  @Test
  void mediaOfSmallModels_areEstimatedWithinTheirMaximum() {
    Pricing small = new Pricing(new ModelLimits(10_000, 4_000, 400), calibration);
    assertThat(small.inputEstimate(call(0, 2, false, NONE, 0))).isEqualTo(800);
  }

  @Test
  void outputOfCutStreams_isCountedByBytesWithinTheMaximum() {
    Call open = call(300, 0, false, NONE, 1);
    assertThat(pricing.outputOf(open, 0)).isZero();
    assertThat(pricing.outputOf(open, 1)).isEqualTo(1);
    assertThat(pricing.outputOf(open, 4_000)).isEqualTo(1_000);
    assertThat(pricing.outputOf(open, Long.MAX_VALUE)).isPositive();
    assertThat(pricing.outputOf(call(300, 0, false, tokens(30), 2), 4_000)).isEqualTo(60);
    for (int i = 0; i < 50; i++) {
      calibration.learn(Calls.MODEL, 0, 0, 1_000, 2_000);
    }
    assertThat(pricing.outputOf(open, 4_000)).isBetween(1_980L, 2_000L);
  }

  @Test
  void limits_mustBePositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelLimits(1, 0, 1))
        .withMessage("maxOutputTokens: 0 (expected: >= 1)");
  }
}
