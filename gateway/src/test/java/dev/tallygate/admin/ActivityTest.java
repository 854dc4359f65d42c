package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.admin.Activity.Ending;
import dev.tallygate.model.FakeTicker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivityTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Activity activity = new Activity(ticker);

  private List<Long> requests(int minutes) {
    return activity.latest(minutes).stream().map(Activity.Summary::requests).toList();
  }

  @Test
  void minutes_comeOldestFirst_emptyOnesIncluded() {
    activity.add(Ending.GOOD, 33, Duration.ofMillis(100).toNanos());
    activity.add(Ending.REFUSED, 0, -1);
    ticker.advance(Duration.ofMinutes(2));
    activity.add(Ending.FAILED, 5, -1);
    assertThat(requests(4)).containsExactly(0L, 2L, 0L, 1L);
    Activity.Summary first = activity.latest(3).getFirst();
    assertThat(first.start()).isEqualTo(FakeTicker.START);
    assertThat(first.refused()).isEqualTo(1);
    assertThat(first.failed()).isZero();
    assertThat(first.tokens()).isEqualTo(33);
    assertThat(first.medianMillis()).isBetween(100.0, 125.0);
    assertThat(activity.latest(1).getFirst().failed()).isEqualTo(1);
    assertThat(activity.latest(1).getFirst().medianMillis()).isNull();
  }

  @Test
  void minuteOfAnHourAgo_isGone_andItsPlaceIsUsedAgain() {
    activity.add(Ending.GOOD, 1, -1);
    ticker.advance(Duration.ofHours(1));
    assertThat(requests(60)).hasSize(60).containsOnly(0L);
    activity.add(Ending.GOOD, 1, -1);
    assertThat(requests(60)).endsWith(0L, 1L);
  }

  @Test
  void clockThatIsSetBack_losesNoNewCalls() {
    ticker.advance(Duration.ofHours(1));
    activity.add(Ending.GOOD, 1, -1);
    ticker.stepWallClock(Duration.ofHours(-1));
    activity.add(Ending.GOOD, 1, -1);
    ticker.stepWallClock(Duration.ofHours(1));
    assertThat(requests(1)).containsExactly(2L);
  }
}
