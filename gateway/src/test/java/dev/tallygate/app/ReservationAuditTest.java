package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReservationAuditTest {
  @Test
  void figuresThatAgreeNowAndThen_areFine() {
    AtomicInteger looks = new AtomicInteger();
    try (ReservationAudit audit =
        new ReservationAudit(() -> 100 + looks.getAndIncrement() % 3, () -> 102)) {
      audit.look();
      assertThat(audit.difference()).isZero();
    }
  }

  @Test
  void differenceThatStays_isTold_withItsSmallestSize() {
    AtomicInteger looks = new AtomicInteger();
    try (ReservationAudit audit =
        new ReservationAudit(() -> 500, () -> looks.getAndIncrement() % 2 == 0 ? 100 : 200)) {
      audit.look();
      assertThat(audit.difference()).isEqualTo(300);
    }
  }

  @Test
  void callThatEndedTwice_showsAsLessThanNothing() {
    try (ReservationAudit audit = new ReservationAudit(() -> 0, () -> 700)) {
      audit.look();
      assertThat(audit.difference()).isEqualTo(-700);
    }
  }
}
