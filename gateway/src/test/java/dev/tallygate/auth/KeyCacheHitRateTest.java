package dev.tallygate.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who stays when there are more keys than places, beside an exact LRU; counts only. */
class KeyCacheHitRateTest {
  private static final int PLACES = 100;

  private final KeyCache cache =
      new KeyCache(
          new CacheSettings(true, PLACES, Duration.ofHours(1), false, CacheLogLevel.NONE),
          new FakeTicker());
  private final LinkedHashSet<Integer> leastRecentFirst = new LinkedHashSet<>();
  private final Random random = new Random(20_260_118);

  private boolean inCache(int key) {
    String secret = (key < 0 ? "guess_" : "pk_") + key;
    KeyDigest digest = KeyDigest.of(secret);
    boolean hit = cache.get(digest, secret) != null;
    if (!hit) {
      cache.put(digest, new Lookup(key < 0 ? null : ApiKeys.key(secret), 1), secret);
    }
    return hit;
  }

  private boolean inLru(int key) {
    boolean hit = leastRecentFirst.remove(key);
    leastRecentFirst.add(key);
    if (leastRecentFirst.size() > PLACES) {
      leastRecentFirst.removeFirst();
    }
    return hit;
  }

  private static double percent(int[] calls, IntPredicate hit) {
    return 100.0 * IntStream.of(calls).filter(hit).count() / calls.length;
  }

  /** From 0 on, each in proportion to about 1 / (key + 1): Zipf's law. */
  private int byZipf(int keys) {
    return (int) Math.pow(keys + 1, random.nextDouble()) - 1;
  }

  @Test
  void everydayTraffic_hitsMoreOftenThanExactLru() {
    int[] calls = IntStream.generate(() -> byZipf(1_000)).limit(50_000).toArray();
    assertThat(percent(calls, this::inCache)).isGreaterThan(percent(calls, this::inLru) + 3);
  }

  @Test
  void keysInTurnOneMoreThanPlaces_stillHit() {
    int[] calls = IntStream.range(0, 50_000).map(at -> at % (PLACES + 1)).toArray();
    assertThat(percent(calls, this::inLru)).isZero();
    assertThat(percent(calls, this::inCache)).isGreaterThan(80);
  }

  @Test
  void unknownKeys_takeNothingFromATeamThatFits() {
    IntStream.range(0, PLACES).forEach(this::inCache);
    for (int i = 1; i <= 20_000; i++) {
      inCache(-i);
      assertThat(inCache(random.nextInt(PLACES))).isTrue();
    }
  }

  @Test
  void newMemberOfATeamThatFillsTheCache_isHeldSoon() {
    assertThat(lookUpsOfANewMember(() -> random.nextInt(PLACES))).isLessThanOrEqualTo(5);
  }

  @Test
  void newMemberAmongFarMoreKeysThanPlaces_isHeldAfterAFewCalls() {
    // Frequency has to be earned: with exact LRU it would be 1.
    assertThat(lookUpsOfANewMember(() -> byZipf(1_000))).isLessThanOrEqualTo(25);
  }

  /** Of its 200 calls, twenty of the others' between one and the next. */
  private int lookUpsOfANewMember(IntSupplier others) {
    IntStream.generate(others).limit(20_000).forEach(this::inCache);
    int lookUps = 0;
    for (int call = 0; call < 200; call++) {
      IntStream.generate(others).limit(20).forEach(this::inCache);
      lookUps += inCache(1_000_000) ? 0 : 1;
    }
    return lookUps;
  }
}
