package dev.tallygate.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OutputsTest {
  private final Outputs outputs = new Outputs();

  private void add(int times, long tokens) {
    for (int i = 0; i < times; i++) {
      outputs.add(tokens);
    }
  }

  private long expected() {
    return outputs.expected().orElseThrow();
  }

  @Test
  void withoutHistory_nothingIsExpected() {
    assertThat(outputs.expected()).isEqualTo(OptionalLong.empty());
  }

  @Test
  void fewAnswers_letTheLongestBeExpected() {
    outputs.add(7);
    assertThat(expected()).isEqualTo(7);
    outputs.add(900);
    add(7, 5);
    assertThat(expected()).isEqualTo(900);
    outputs.add(6);
    assertThat(expected()).isEqualTo(7);
  }

  @Test
  void expectedLength_isExceededByOneInTen() {
    for (int tokens = 1; tokens <= 32; tokens++) {
      outputs.add(tokens);
    }
    assertThat(expected()).isEqualTo(29);
  }

  @Test
  void oldAnswers_areForgotten() {
    add(32, 30_000);
    add(28, 100);
    assertThat(expected()).isEqualTo(30_000);
    add(1, 100);
    assertThat(expected()).isEqualTo(100);
  }

  @Test
  void emptyAndEndlessAnswers_areRemembered() {
    outputs.add(0);
    assertThat(expected()).isZero();
    outputs.add(Long.MAX_VALUE);
    assertThat(expected()).isEqualTo(Integer.MAX_VALUE);
  }
}
