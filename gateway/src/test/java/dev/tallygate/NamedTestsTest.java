package dev.tallygate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class NamedTestsTest {
  /** What is looked at; JUnit runs none of it. */
  static class Named {
    @Test
    void runs() {}

    @Test
    @Disabled("it is to be found out")
    void rests() {}

    void helps() {}

    @Disabled("it is to be found out")
    static class Resting {
      static class Inner {
        @Test
        void runs() {}
      }
    }
  }

  @Test
  void runs_whatIsATestAndIsNotTurnedOff() {
    assertThat(NamedTests.runs(Named.class, "runs")).isTrue();
    assertThat(NamedTests.runs(Named.class, "rests")).isFalse();
    assertThat(NamedTests.runs(Named.class, "helps")).isFalse();
    assertThat(NamedTests.runs(Named.class, "is_missing")).isFalse();
    assertThat(NamedTests.runs(Named.Resting.Inner.class, "runs")).isFalse();
  }
}
