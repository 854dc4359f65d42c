package dev.tallygate.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.route.RouteName;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeyTableTest {
  private static final TokenUsage USAGE = new TokenUsage(10, 4, 3, 2);

  @Test
  void firstKeys_haveMetersOfTheirOwn_theRestShareOne() {
    KeyTable table = new KeyTable(2);
    KeyMeters a = table.of(key("a"));
    KeyMeters b = table.of(key("b"));
    KeyMeters c = table.of(key("c"));
    assertThat(table.of(key("a"))).isSameAs(a).isNotSameAs(b);
    assertThat(table.of(key("d"))).isSameAs(c);
    assertThat(c.label()).isEqualTo("other");
    assertThat(table.knows("b")).isTrue();
    assertThat(table.knows("c")).isFalse();
    assertThat(table.all()).hasSize(4);
  }

  @Test
  void metersOfKeysThatAreGone_areGivenToOthers_whenThereAreNoneLeft() {
    KeyTable table = new KeyTable(2);
    KeyMeters a = table.of(key("a"));
    table.makeRoom(() -> List.of(key("c")));
    assertThat(table.of(key("a"))).as("nobody needs them").isSameAs(a);
    KeyMeters b = table.of(key("b"));
    assertThat(table.of(key("c")).label()).isEqualTo("other");
    table.makeRoom(List::of);
    assertThat(table.of(key("b"))).as("nobody can tell").isSameAs(b);
    table.makeRoom(() -> List.of(key("b"), key("c")));
    assertThat(table.knows("a")).isFalse();
    assertThat(table.of(key("b"))).isSameAs(b);
    assertThat(table.of(key("c")).label()).isEqualTo("c");
    assertThat(table.of(key("d")).label()).isEqualTo("other");
  }

  @Test
  void keyCalledOther_isOneOfTheOthers() {
    KeyTable table = new KeyTable(1);
    assertThat(table.of(key("other")).label()).isEqualTo("other");
    assertThat(table.of(key("a")).label()).isEqualTo("a");
    assertThat(table.all()).extracting(KeyMeters::label).containsExactly("", "a", "other");
  }

  @Test
  void withoutRoom_noKeyIsTold() {
    KeyTable table = new KeyTable(0);
    assertThat(table.of(key("a"))).isSameAs(table.of(null));
    assertThat(table.of(null).label()).isEmpty();
  }

  @Test
  void tokens_areCountedByKind() {
    KeyMeters key = new KeyTable(1).of(key("a"));
    key.used("glm-4.7", USAGE, 5);
    key.used("glm-4.7", USAGE, 0);
    assertThat(key.tokens()).hasSize(1);
    KeyMeters.Tokens tokens = key.tokens()[0];
    assertThat(
            Stream.of(
                    tokens.input(),
                    tokens.cacheRead(),
                    tokens.cacheWritten(),
                    tokens.output(),
                    tokens.estimated())
                .map(LongAdder::sum))
        .containsExactly(20L, 8L, 6L, 4L, 5L);
  }

  @Test
  void models_areBoundedForOneKey_andForAll() {
    KeyTable table = new KeyTable(100);
    for (int k = 0; k < 10; k++) {
      KeyMeters key = table.of(key("k" + k));
      for (int m = 0; m < 50; m++) {
        key.used("model-" + k + "-" + m, USAGE, 0);
      }
      assertThat(key.tokens()).hasSizeLessThanOrEqualTo(21);
      assertThat(inputOf(key)).isEqualTo(500);
    }
    assertThat(
            table.all().stream()
                .flatMap(key -> Arrays.stream(key.tokens()))
                .map(KeyMeters.Tokens::model)
                .distinct())
        .contains("other")
        .hasSize(101);
  }

  private static long inputOf(KeyMeters key) {
    return Arrays.stream(key.tokens()).mapToLong(tokens -> tokens.input().sum()).sum();
  }

  @Test
  void endlessModelName_isNotTold() {
    KeyMeters key = new KeyTable(1).of(null);
    key.used("m".repeat(129), USAGE, 0);
    assertThat(key.tokens()[0].model()).isEqualTo("other");
  }

  @Test
  void statuses_areBounded() {
    KeyMeters key = new KeyTable(1).of(null);
    for (int status = 0; status < 1000; status++) {
      key.request(RouteName.CHAT_COMPLETIONS, status);
    }
    assertThat(key.requests()).hasSizeLessThanOrEqualTo(65);
    assertThat(Arrays.stream(key.requests()).mapToLong(each -> each.count().sum()).sum())
        .isEqualTo(1000);
    assertThat(Arrays.stream(key.requests()).map(each -> StatusLabel.of(each.status())))
        .contains("none", "100", "other");
  }

  private static ApiKey key(String id) {
    return new ApiKey(
        id,
        KeyDigest.of(id),
        id,
        id,
        null,
        List.of(),
        1,
        null,
        null,
        Instant.MAX,
        null,
        false,
        null,
        QuotaMode.ADAPTIVE,
        null);
  }
}
