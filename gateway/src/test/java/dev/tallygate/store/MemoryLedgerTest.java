package dev.tallygate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryLedgerTest {
  private final FakeTicker ticker = new FakeTicker();
  private final MemoryLedger ledger = new MemoryLedger(ticker);

  private void use(String id, long tokens) {
    ledger.record(
        new UsageRecord(
            id, "glm-4.7", ticker.epochMillis(), new TokenUsage(tokens, 0, 0, 0), false),
        () -> {});
  }

  private List<String> replay(String id, Instant since) {
    List<String> got = new ArrayList<>();
    ledger.replay(
        id, since.toEpochMilli(), (at, tokens) -> got.add(Instant.ofEpochMilli(at) + " " + tokens));
    return got;
  }

  @Test
  void record_commitsAtOnceAndAddsUp() {
    AtomicInteger commits = new AtomicInteger();
    ledger.record(
        new UsageRecord("a", "", ticker.epochMillis(), new TokenUsage(10, 4, 0, 5), false),
        commits::incrementAndGet);
    assertThat(commits).hasValue(1);
    use("a", 1);
    use("b", 7);
    assertThat(ledger.usage("a"))
        .isEqualTo(
            new KeyUsage(2, 16, FakeTicker.START, List.of(new UsageWindow(FakeTicker.START, 16))));
    assertThat(ledger.usage("nobody")).isEqualTo(KeyUsage.NONE);
  }

  @Test
  void windows_areFiveMinuteSumsOfFiveHours() {
    use("a", 1);
    ticker.advance(Duration.ofMinutes(4));
    use("a", 2);
    ticker.advance(Duration.ofMinutes(1));
    use("a", 3);
    assertThat(ledger.usage("a").windows()).extracting(UsageWindow::tokens).containsExactly(3L, 3L);
    ticker.advance(Duration.ofHours(5).minusMinutes(1));
    assertThat(ledger.usage("a").windows()).extracting(UsageWindow::tokens).containsExactly(3L);
    ticker.advance(Duration.ofMinutes(1));
    assertThat(ledger.usage("a").windows()).isEmpty();
    assertThat(ledger.usage("a").lifetimeTokens()).isEqualTo(6);
  }

  @Test
  void record_outOfOrder_landsInItsWindow() {
    ticker.advance(Duration.ofMinutes(20));
    use("a", 1);
    ticker.stepWallClock(Duration.ofMinutes(-10));
    use("a", 2);
    ticker.stepWallClock(Duration.ofMinutes(10));
    use("a", 4);
    assertThat(ledger.usage("a").windows()).extracting(UsageWindow::tokens).containsExactly(2L, 5L);
  }

  @Test
  void replay_neverTellsUsageEarlierThanItWas() {
    use("a", 1);
    ticker.advance(Duration.ofMinutes(3));
    use("a", 2);
    assertThat(replay("a", FakeTicker.START.minusSeconds(1)))
        .containsExactly("2026-01-18T12:03:00Z 3");
    assertThat(replay("a", FakeTicker.START.plus(Duration.ofMinutes(4)))).isEmpty();
    assertThat(replay("b", Instant.EPOCH)).isEmpty();
  }

  @Test
  void import_countsAWindowAtItsStart_once() {
    Instant start = Instant.parse("2026-01-18T09:17:31Z");
    KeyUsage brought = new KeyUsage(0, 5000, start, List.of(new UsageWindow(start, 902)));
    ledger.importOnce("a", brought);
    ledger.importOnce("a", brought);
    assertThat(replay("a", Instant.EPOCH)).containsExactly("2026-01-18T09:17:31Z 902");
    use("a", 1);
    ledger.importOnce("a", brought);
    KeyUsage usage = ledger.usage("a");
    assertThat(usage.lifetimeTokens()).isEqualTo(5001);
    assertThat(usage.requests()).isEqualTo(1);
    assertThat(usage.windows()).extracting(UsageWindow::tokens).containsExactly(902L, 1L);
  }

  @Test
  void import_ofAKeyNeverUsed_holdsNothing() {
    ledger.importOnce("a", KeyUsage.NONE);
    ledger.markAllDirty();
    assertThat(ledger.isDirty()).isFalse();
  }

  @Test
  void record_fromManyThreads_losesNothing() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 5_000; i++) {
                  use("k" + i % 3, 1);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(
            ledger.usage("k0").lifetimeTokens()
                + ledger.usage("k1").lifetimeTokens()
                + ledger.usage("k2").lifetimeTokens())
        .isEqualTo(20_000);
    assertThat(ledger.takeDirty()).containsExactlyInAnyOrder("k0", "k1", "k2");
    assertThat(ledger.isDirty()).isFalse();
  }
}
