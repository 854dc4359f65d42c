package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import org.junit.jupiter.api.Test;

class RecentRefusalsTest {
  private final RecentRefusals refusals = new RecentRefusals(new FakeTicker());

  private void refuse(String keyId, int status) {
    refusals.add(
        keyId, new RecentRefusals.Refusal(FakeTicker.START, status, "code", "reason", "/", null));
  }

  @Test
  void latestOfAKey_areKept_newestFirst() {
    for (int i = 0; i < RecentRefusals.OF_A_KEY + 3; i++) {
      refuse("k", 400 + i);
    }
    assertThat(refusals.of("k"))
        .hasSize(RecentRefusals.OF_A_KEY)
        .extracting(RecentRefusals.Refusal::status)
        .startsWith(452, 451)
        .endsWith(404, 403);
    assertThat(refusals.of("other")).isEmpty();
  }

  @Test
  void ofTooManyKeys_theOneRefusedLongestAgoIsForgotten() {
    refuse("first", 400);
    refuse("second", 401);
    for (int i = 2; i < RecentRefusals.KEYS; i++) {
      refuse("k" + i, 403);
    }
    // Not the one that came first, but the one that has been quiet.
    refuse("first", 429);
    refuse("one more", 403);
    assertThat(refusals.of("second")).isEmpty();
    assertThat(refusals.of("first"))
        .extracting(RecentRefusals.Refusal::status)
        .containsExactly(429, 400);
    assertThat(refusals.of("k2")).hasSize(1);
    refuse("and another", 403);
    assertThat(refusals.of("k2")).isEmpty();
    assertThat(refusals.of("k3")).hasSize(1);
  }
}
