package dev.tallygate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tallygate.metrics.CallCounts.Tokens;
import dev.tallygate.metrics.KeyMeters.Answered;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.route.RouteName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
    used(key, 200, "glm-4.7", 5);
    used(key, 0, "glm-4.7", 0);
    assertThat(key.tokens()).containsOnly(entry("glm-4.7", new Tokens(20, 8, 6, 4, 5)));
    assertThat(key.calls())
        .containsOnly(
            entry(new Answered(RouteName.CHAT_COMPLETIONS, 0), 1L),
            entry(new Answered(RouteName.CHAT_COMPLETIONS, 200), 1L));
  }

  @Test
  void callWithoutTokens_isCounted_withoutItsModel() {
    KeyMeters key = new KeyTable(1).of(key("a"));
    key.call(RouteName.CHAT_COMPLETIONS, 429, "glm-4.7", TokenUsage.NONE, 0);
    assertThat(key.tokens()).isEmpty();
    assertThat(key.calls()).containsOnly(entry(new Answered(RouteName.CHAT_COMPLETIONS, 429), 1L));
  }

  @Test
  void models_areBoundedForOneKey_andForAll() {
    KeyTable table = new KeyTable(100);
    for (int k = 0; k < 10; k++) {
      KeyMeters key = table.of(key("k" + k));
      for (int m = 0; m < 50; m++) {
        used(key, 200, "model-" + k + "-" + m, 0);
      }
      // A known one keeps its name, whatever becomes of its calls.
      used(key, 502, "model-" + k + "-0", 0);
      assertThat(key.tokens()).hasSizeLessThanOrEqualTo(21);
      assertThat(inputOf(key)).isEqualTo(510);
      assertThat(inputOf(key, "model-" + k + "-0")).isEqualTo(k < 5 ? 20 : 0);
    }
    assertThat(table.all().stream().flatMap(key -> key.tokens().keySet().stream()).distinct())
        .contains("other")
        .hasSize(101);
  }

  private static long inputOf(KeyMeters key) {
    return key.tokens().values().stream().mapToLong(Tokens::input).sum();
  }

  private static long inputOf(KeyMeters key, String model) {
    return key.tokens().getOrDefault(model, Tokens.NONE).input();
  }

  @Test
  void endlessModelName_isNotTold() {
    KeyMeters key = new KeyTable(1).of(null);
    used(key, 200, "m".repeat(129), 0);
    assertThat(key.tokens()).containsOnlyKeys("other");
  }

  @Test
  void kindsOfCalls_areBounded() {
    KeyMeters key = new KeyTable(1).of(null);
    for (int status = 0; status < 1000; status++) {
      used(key, status, "glm-4.7", 0);
    }
    assertThat(key.calls()).hasSize(KeyMeters.MOST_KINDS + 1);
    assertThat(key.calls().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(1000);
    assertThat(key.calls())
        .containsKey(new Answered(RouteName.CHAT_COMPLETIONS, 0))
        .containsKey(new Answered(RouteName.CHAT_COMPLETIONS, 100))
        .containsKey(new Answered(RouteName.NONE, StatusLabel.OTHER));
    assertThat(inputOf(key)).isEqualTo(10_000);
  }

  @Test
  void callsOfSeveralThreads_areAllCounted() throws InterruptedException {
    KeyTable table = new KeyTable(1);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 20_000; i++) {
                  used(table.of(key("a")), 200 + i % 40, "model-" + i % 30, 1);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    KeyMeters key = table.of(key("a"));
    assertThat(key.calls().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(80_000);
    assertThat(key.tokens().values().stream().reduce(Tokens.NONE, Tokens::plus))
        .isEqualTo(new Tokens(800_000, 320_000, 240_000, 160_000, 80_000));
  }

  private static void used(KeyMeters key, int status, String model, long estimated) {
    key.call(RouteName.CHAT_COMPLETIONS, status, model, USAGE, estimated);
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
