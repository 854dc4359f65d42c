package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final FakeTicker ticker = new FakeTicker();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<String> struck = new ArrayList<>();
  private final Deadlines deadlines;

  DeadlinesTest() {
    channel.freezeTime();
    deadlines = new Deadlines(channel.eventLoop(), ticker);
  }

  private Deadlines.Owner owner(String name, Runnable then) {
    Deadlines.Owner owner =
        new Deadlines.Owner() {
          @Override
          protected void deadlinePassed() {
            struck.add(name);
            then.run();
          }
        };
    deadlines.add(owner);
    return owner;
  }

  @Test
  void deadline_strikesOnceWhenItHasPassed() {
    Deadlines.Owner owner = owner("a", () -> {});
    deadlines.set(owner, Duration.ofSeconds(1).toNanos());
    pass(Duration.ofMillis(900));
    assertThat(struck).isEmpty();
    pass(Duration.ofMillis(200));
    pass(Duration.ofSeconds(5));
    assertThat(struck).containsExactly("a");
  }

  @Test
  void deadline_thatIsSetWhileTheLoopIsLate_doesNotStrikeEarly() {
    Deadlines.Owner owner = owner("a", () -> {});
    ticker.advance(Duration.ofSeconds(3));
    deadlines.set(owner, Duration.ofSeconds(2).toNanos());
    pass(Duration.ofMillis(1_900));
    assertThat(struck).isEmpty();
    pass(Duration.ofMillis(200));
    assertThat(struck).containsExactly("a");
  }

  @Test
  void deadline_thatAnotherOneTookAwayInTheSameSweepDoesNotStrike() {
    List<Deadlines.Owner> others = new ArrayList<>();
    Deadlines.Owner taker =
        owner(
            "taker",
            () -> {
              deadlines.remove(others.getFirst());
              deadlines.set(others.getLast(), Duration.ofSeconds(1).toNanos());
            });
    Deadlines.Owner removed = owner("removed", () -> {});
    Deadlines.Owner moved = owner("moved", () -> {});
    others.addAll(List.of(removed, moved));
    for (Deadlines.Owner owner : List.of(taker, removed, moved)) {
      deadlines.set(owner, 1);
    }
    pass(Duration.ofMillis(100));
    assertThat(struck).containsExactly("taker");
    pass(Duration.ofSeconds(2));
    assertThat(struck).containsExactly("taker", "moved");
  }

  @Test
  void failure_ofOneOwnerLeavesTheOthersWatched() {
    Deadlines.Owner bad =
        owner(
            "bad",
            () -> {
              throw new IllegalStateException("on purpose");
            });
    Deadlines.Owner good = owner("good", () -> {});
    deadlines.set(bad, 1);
    deadlines.set(good, 1);
    pass(Duration.ofMillis(100));
    deadlines.set(good, 1);
    pass(Duration.ofMillis(100));
    assertThat(struck).containsExactly("bad", "good", "good");
  }

  private void pass(Duration time) {
    ticker.advance(time);
    channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }
}
