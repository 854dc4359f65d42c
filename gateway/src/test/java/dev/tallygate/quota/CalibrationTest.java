package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final Offset<Double> EXACT = within(1e-9);

  private final Calibration calibration = new Calibration();

  private double input(String model) {
    return calibration.inputPerByte(model);
  }

  @Test
  void unknownModel_hasTheAssumedRatios() {
    assertThat(input("a")).isEqualTo(1.0 / 3, EXACT);
    assertThat(calibration.outputPerByte("a")).isEqualTo(0.25, EXACT);
  }

  @Test
  void ratios_approachWhatUpstreamsSay_eachModelItsOwn() {
    for (int call = 0; call < 40; call++) {
      calibration.learn("chinese", 2_000, 3_000, 600, 1_000);
      calibration.learn("english", 1_000, 5_000, 100, 500);
    }
    assertThat(input("chinese")).isEqualTo(2.0 / 3, within(0.01));
    assertThat(calibration.outputPerByte("chinese")).isEqualTo(0.6, within(0.02));
    assertThat(input("english")).isEqualTo(0.2, within(0.01));
    assertThat(input("other")).isEqualTo(1.0 / 3, EXACT);
  }

  @Test
  void oneCall_movesTheRatioOnlyPartOfTheWay() {
    for (int call = 0; call < 40; call++) {
      calibration.learn("a", 5_000, 20_000, 0, 0);
    }
    calibration.learn("a", 20_000_000, 30_000_000, 0, 0);
    assertThat(input("a")).isBetween(0.27, 0.35);
  }

  @Test
  void smallCallsAndThoseThatSayNothing_teachNothing() {
    calibration.learn("a", 50, 255, 200, 255);
    calibration.learn("a", 0, 10_000, 0, 10_000);
    calibration.learn("a", 10_000, 0, 10_000, 0);
    assertThat(input("a")).isEqualTo(1.0 / 3, EXACT);
    assertThat(calibration.outputPerByte("a")).isEqualTo(0.25, EXACT);
    assertThat(calibration.models()).isZero();
  }

  @Test
  void absurdCounts_keepTheRatioWithinBounds() {
    for (int call = 0; call < 500; call++) {
      calibration.learn("all", Long.MAX_VALUE, 256, Long.MAX_VALUE, 256);
      calibration.learn("none", 1, Long.MAX_VALUE, 1, Long.MAX_VALUE);
    }
    assertThat(input("all")).isBetween(0.9, 1.0);
    assertThat(calibration.outputPerByte("all")).isBetween(0.9, 1.0);
    assertThat(input("none")).isEqualTo(0.05, within(0.001));
  }

  @Test
  void models_areBounded_theRestSharingOneEntry() {
    for (int model = 0; model < 10_000; model++) {
      calibration.learn("model-" + model, 9_000, 10_000, 0, 0);
    }
    calibration.learn("x".repeat(1_000_000), 9_000, 10_000, 0, 0);
    assertThat(calibration.models()).isEqualTo(Calibration.MODELS + 1);
    assertThat(input("one more")).isEqualTo(input("model-9999")).isGreaterThan(0.8);
    for (int call = 0; call < 100; call++) {
      calibration.learn("model-0", 1_000, 10_000, 0, 0);
    }
    assertThat(input("model-0")).isEqualTo(0.1, within(0.01));
    assertThat(input("one more")).isGreaterThan(0.8);
  }
}
