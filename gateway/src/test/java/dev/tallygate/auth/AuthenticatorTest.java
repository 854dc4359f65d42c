package dev.tallygate.auth;

import static dev.tallygate.auth.AuthResult.Forbidden.Reason.DISABLED;
import static dev.tallygate.auth.AuthResult.Forbidden.Reason.EXPIRED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.AuthResult.Authenticated;
import dev.tallygate.auth.AuthResult.Forbidden;
import dev.tallygate.auth.AuthResult.Unauthenticated;
import dev.tallygate.auth.AuthResult.Unavailable;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final Unauthenticated UNKNOWN = new Unauthenticated(true);

  private final FakeTicker ticker = new FakeTicker();
  private final FakeKeyStore store = new FakeKeyStore();
  private KeyCache cache = cache(true, 1_000, CacheLogLevel.NONE);
  private Authenticator authenticator = new Authenticator(cache, store, ticker, Runnable::run);

  private KeyCache cache(boolean enabled, int maxSize, CacheLogLevel level) {
    return new KeyCache(new CacheSettings(enabled, maxSize, TTL, false, level), ticker);
  }

  private void use(KeyCache other, Executor loaders) {
    cache = other;
    authenticator = new Authenticator(cache, store, ticker, loaders);
  }

  private static Credentials bearer(@Nullable String secret) {
    return new Credentials(secret, null);
  }

  /** What a request does: memory first, then the store. */
  private AuthResult ask(Credentials credentials) {
    AuthResult known = authenticator.fromMemory(credentials);
    return known != null
        ? known
        : authenticator.fromStore(credentials).toCompletableFuture().join();
  }

  private AuthResult ask(String secret) {
    return ask(bearer(secret));
  }

  @Test
  void knownKey_isAskedForOnceAndThenAnsweredFromMemory() {
    ApiKey key = ApiKeys.key("pk_a");
    store.put(key);
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
    assertThat(ask("pk_a")).isEqualTo(new Authenticated(key));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Authenticated(key));
    assertThat(authenticator.fromMemory(new Credentials(null, "pk_a")))
        .isEqualTo(new Authenticated(key));
    assertThat(store.finds()).isEqualTo(1);
  }

  @Test
  void unknownKey_isRememberedFor5Seconds() {
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(UNKNOWN);
    assertThat(authenticator.stats().negativeHits()).isEqualTo(1);
    ticker.advance(Duration.ofSeconds(5));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
  }

  @Test
  void createdKey_worksAtOnce() {
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
    store.put(ApiKeys.key("pk_a"));
    assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
  }

  @Test
  void removedKey_isRefusedAtOnce() {
    store.put(ApiKeys.key("pk_a"));
    assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
    store.remove("pk_a");
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
    assertThat(authenticator.stats().invalidations()).isEqualTo(1);
  }

  @Test
  void change_invalidatesNothingElse() {
    store.put(ApiKeys.key("pk_a"));
    store.put(ApiKeys.key("pk_b"));
    ask("pk_a");
    ask("pk_b");
    store.put(ApiKeys.with("pk_a").name("Other").make());
    assertThat(cache.contains(KeyDigest.of("pk_a"))).isFalse();
    assertThat(cache.contains(KeyDigest.of("pk_b"))).isTrue();
  }

  @Test
  void nothingPresented_needsNoLookup() {
    for (Credentials none :
        List.of(bearer(null), bearer(""), bearer("  "), new Credentials(" ", ""))) {
      assertThat(authenticator.fromMemory(none)).isEqualTo(new Unauthenticated(false));
      assertThat(authenticator.fromStore(none).toCompletableFuture())
          .isCompletedWithValue(new Unauthenticated(false));
    }
    assertThat(store.finds()).isZero();
  }

  @Test
  void impossibleSecrets_areRefusedWithoutLookupOrCount() {
    String made = GatewaySecret.generate(new SecureRandom());
    for (String secret :
        List.of("tg_", made.substring(0, 38), made.replace(made.charAt(9), '!'), "x".repeat(513))) {
      assertThat(authenticator.fromMemory(bearer(secret))).isEqualTo(UNKNOWN);
      assertThat(ask(new Credentials(secret, secret))).isEqualTo(UNKNOWN);
    }
    assertThat(store.finds()).isZero();
    assertThat(authenticator.stats().misses()).isZero();
    assertThat(cache.absences()).isZero();
  }

  @Test
  void longestSecret_isLookedUp() {
    String secret = "x".repeat(512);
    store.put(ApiKeys.key(secret));
    assertThat(ask(secret)).isInstanceOf(Authenticated.class);
  }

  @Test
  void disabledKey_isForbidden_beforeItsExpiryIsLookedAt() {
    ApiKey key = ApiKeys.with("pk_a").disabled().expiresAt(FakeTicker.START).make();
    store.put(key);
    assertThat(ask("pk_a")).isEqualTo(new Forbidden(key, DISABLED));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Forbidden(key, DISABLED));
  }

  @Test
  void expiry_isCheckedOnEveryRequestByTheWallClock() {
    ApiKey key = ApiKeys.with("pk_a").expiresAt(FakeTicker.START.plusSeconds(60)).make();
    store.put(key);
    assertThat(ask("pk_a")).isEqualTo(new Authenticated(key));
    ticker.stepWallClock(Duration.ofMillis(59_999));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Authenticated(key));
    ticker.stepWallClock(Duration.ofMillis(1));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Forbidden(key, EXPIRED));
  }

  @Test
  void rotatedSecret_worksUntilItsGraceIsOver() {
    ApiKey key = ApiKeys.with("pk_new").previous("pk_old", FakeTicker.START.plusSeconds(60)).make();
    store.put(key);
    assertThat(ask("pk_old")).isEqualTo(new Authenticated(key));
    assertThat(ask("pk_new")).isEqualTo(new Authenticated(key));
    ticker.advance(Duration.ofSeconds(60));
    assertThat(authenticator.fromMemory(bearer("pk_old"))).isEqualTo(UNKNOWN);
    assertThat(authenticator.fromMemory(bearer("pk_new"))).isEqualTo(new Authenticated(key));
  }

  @Test
  void twoSecrets_theFirstThatExistsCounts() {
    ApiKey a = ApiKeys.key("pk_a");
    ApiKey b = ApiKeys.key("pk_b");
    store.put(a);
    store.put(b);
    assertThat(ask(new Credentials("pk_a", "pk_b"))).isEqualTo(new Authenticated(a));
    assertThat(ask(new Credentials("pk_x", "pk_b"))).isEqualTo(new Authenticated(b));
    assertThat(ask(new Credentials("pk_a", "pk_x"))).isEqualTo(new Authenticated(a));
    assertThat(ask(new Credentials("pk_x", "pk_y"))).isEqualTo(UNKNOWN);
    assertThat(ask(new Credentials("tg_typo", "pk_b"))).isEqualTo(new Authenticated(b));
  }

  @Test
  void twoSecrets_orderHoldsWhereOnlyTheSecondIsInMemory() {
    ApiKey a = ApiKeys.key("pk_a");
    store.put(a);
    store.put(ApiKeys.key("pk_b"));
    ask("pk_b");
    assertThat(authenticator.fromMemory(new Credentials("pk_a", "pk_b"))).isNull();
    assertThat(ask(new Credentials("pk_a", "pk_b"))).isEqualTo(new Authenticated(a));
  }

  @Test
  void foreignTokenBesideAKey_waitsForTheStoreOnlyOnce() {
    Credentials both = new Credentials("foreign", "pk_b");
    ApiKey b = ApiKeys.key("pk_b");
    store.put(b);
    ask(both);
    ticker.advance(Duration.ofSeconds(6));
    int before = store.finds();
    assertThat(authenticator.fromMemory(both)).isEqualTo(new Authenticated(b));
    assertThat(store.finds()).as("confirmed behind the request").isEqualTo(before + 1);
    assertThat(authenticator.fromMemory(both)).isEqualTo(new Authenticated(b));
    assertThat(store.finds()).isEqualTo(before + 1);
  }

  @Test
  void storeDown_meansUnavailableNeverUnknown() {
    store.down(true);
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    assertThat(cache.absences()).isZero();
    assertThat(authenticator.stats().loadFailures()).isEqualTo(1);
    store.down(false);
    store.put(ApiKeys.key("pk_a"));
    assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
  }

  @Test
  void storeDown_oneUnknownAndOneUndecided_isUnavailable() {
    ask("pk_x");
    store.down(true);
    assertThat(ask(new Credentials("pk_x", "pk_a"))).isEqualTo(new Unavailable());
    assertThat(ask(new Credentials("pk_a", "pk_x"))).isEqualTo(new Unavailable());
  }

  @Test
  void storeDown_theOneThatIsKnownCounts() {
    ApiKey b = ApiKeys.key("pk_b");
    store.put(b);
    ask("pk_b");
    store.down(true);
    assertThat(ask(new Credentials("pk_x", "pk_b"))).isEqualTo(new Authenticated(b));
  }

  @Test
  void storeDown_expiredEntriesAreServedForAnHour() {
    ApiKey key = ApiKeys.key("pk_a");
    store.put(key);
    ask("pk_a");
    store.down(true);
    ticker.advance(TTL);
    assertThat(ask("pk_a")).isEqualTo(new Authenticated(key));
    assertThat(ask("pk_a")).isEqualTo(new Authenticated(key));
    assertThat(authenticator.stats().staleServed()).isEqualTo(2);
    ticker.advance(Duration.ofHours(1));
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
  }

  @Test
  void storeDown_staleKeyIsStillHeldToItsExpiry() {
    ApiKey key = ApiKeys.with("pk_a").expiresAt(FakeTicker.START.plusSeconds(360)).make();
    store.put(key);
    ask("pk_a");
    store.down(true);
    ticker.advance(Duration.ofMinutes(6));
    assertThat(ask("pk_a")).isEqualTo(new Forbidden(key, EXPIRED));
  }

  @Test
  void storeDown_oldAbsenceIsNotServed() {
    ask("pk_a");
    store.down(true);
    assertThat(ask("pk_a")).as("within 5 seconds").isEqualTo(UNKNOWN);
    ticker.advance(Duration.ofSeconds(5));
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
  }

  @Test
  void bugInTheStore_isUnavailable() {
    store.bug(new IllegalStateException("bug"));
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    assertThat(authenticator.stats().loadFailures()).isEqualTo(1);
    store.bug(null);
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
  }

  @Test
  void stoppedLoaders_areUnavailable() {
    use(
        cache(true, 10, CacheLogLevel.NONE),
        task -> {
          throw new RejectedExecutionException("shut down");
        });
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    authenticator.warmUp();
    assertThat(cache.size()).isZero();
  }

  @Test
  void busyKey_isRefreshedBeforeItsTtlIsOver() {
    store.put(ApiKeys.key("pk_a"));
    ask("pk_a");
    for (int minute = 0; minute < 30; minute++) {
      ticker.advance(Duration.ofMinutes(1));
      assertThat(authenticator.fromMemory(bearer("pk_a"))).isInstanceOf(Authenticated.class);
    }
    assertThat(store.finds()).isBetween(7, 9);
    assertThat(authenticator.stats().misses()).isEqualTo(1);
  }

  @Test
  void failedRefresh_isTriedOnceAndLeavesTheEntry() {
    store.put(ApiKeys.key("pk_a"));
    ask("pk_a");
    store.down(true);
    ticker.advance(Duration.ofMinutes(4));
    for (int i = 0; i < 10; i++) {
      assertThat(authenticator.fromMemory(bearer("pk_a"))).isInstanceOf(Authenticated.class);
    }
    assertThat(store.finds()).isEqualTo(2);
  }

  @Test
  void disabledCache_asksTheStoreEveryTime() {
    use(cache(false, 10, CacheLogLevel.DEBUG), Runnable::run);
    store.put(ApiKeys.key("pk_a"));
    for (int i = 0; i < 5; i++) {
      assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
      assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
      assertThat(ask("pk_x")).isEqualTo(UNKNOWN);
    }
    assertThat(store.finds()).isEqualTo(10);
    store.down(true);
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    assertThat(authenticator.stats())
        .isEqualTo(new CacheStats(0, 0, 0, 0, 10, false, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void sameKeyAtOnce_isLoadedOnce() throws Exception {
    store.put(ApiKeys.key("pk_a"));
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    store.afterRead(() -> {
      loading.countDown();
      await(answer);
    });
    try (var pool = Executors.newFixedThreadPool(2)) {
      use(cache(true, 10, CacheLogLevel.NONE), pool);
      List<CompletableFuture<AuthResult>> waiting = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
        waiting.add(authenticator.fromStore(bearer("pk_a")).toCompletableFuture());
      }
      await(loading);
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      answer.countDown();
      for (CompletableFuture<AuthResult> one : waiting) {
        assertThat(one.get(10, TimeUnit.SECONDS)).isInstanceOf(Authenticated.class);
      }
      assertThat(store.finds()).isEqualTo(1);
    }
  }

  @Test
  void requestThatMissedJustBeforeALoadLanded_asksNoMore() {
    store.put(ApiKeys.key("pk_a"));
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isNull();
    var first = authenticator.fromStore(bearer("pk_a")).toCompletableFuture();
    var second = authenticator.fromStore(bearer("pk_a")).toCompletableFuture();
    assertThat(first.join()).isEqualTo(second.join());
    assertThat(store.finds()).isEqualTo(1);
  }

  @Test
  void changeDuringALoad_isLoadedAgain() {
    store.put(ApiKeys.key("pk_a"));
    ApiKey renamed = ApiKeys.with("pk_a").name("Other").make();
    AtomicInteger reads = new AtomicInteger();
    store.afterRead(() -> {
      if (reads.incrementAndGet() == 1) {
        store.put(renamed);
      }
    });
    assertThat(ask("pk_a")).isEqualTo(new Authenticated(renamed));
    assertThat(store.finds()).isEqualTo(2);
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Authenticated(renamed));
  }

  @Test
  void removalDuringALoad_isSeen() {
    store.put(ApiKeys.key("pk_a"));
    AtomicInteger reads = new AtomicInteger();
    store.afterRead(() -> {
      if (reads.incrementAndGet() == 1) {
        store.remove("pk_a");
      }
    });
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
  }

  @Test
  void otherKeysChangingDuringALoad_doNotMatter() {
    store.put(ApiKeys.key("pk_a"));
    store.afterRead(() -> store.put(ApiKeys.key("pk_b")));
    assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
    assertThat(store.finds()).isEqualTo(1);
  }

  @Test
  void keyThatChangesDuringEveryLoad_isUnavailableRatherThanOutdated() {
    AtomicInteger name = new AtomicInteger();
    store.put(ApiKeys.key("pk_a"));
    store.afterRead(
        () -> store.put(ApiKeys.with("pk_a").name("n" + name.incrementAndGet()).make()));
    assertThat(ask("pk_a")).isEqualTo(new Unavailable());
    assertThat(store.finds()).isEqualTo(3);
    store.afterRead(() -> {});
    assertThat(ask("pk_a")).isInstanceOf(Authenticated.class);
  }

  @Test
  void changesAndRequestsTogether_neverShowAnOldDefinitionAfterItsChange() throws Exception {
    try (var loaders = Executors.newFixedThreadPool(2);
        var clients = Executors.newFixedThreadPool(3)) {
      use(cache(true, 100, CacheLogLevel.NONE), loaders);
      AtomicInteger published = new AtomicInteger();
      store.put(ApiKeys.with("pk_a").name("0").make());
      List<Future<?>> workers = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        workers.add(
            clients.submit(() -> {
              for (int i = 0; i < 3_000; i++) {
                int atLeast = published.get();
                if (ask("pk_a") instanceof Authenticated(ApiKey key)) {
                  assertThat(Integer.parseInt(key.name())).isGreaterThanOrEqualTo(atLeast);
                }
              }
            }));
      }
      workers.add(
          clients.submit(() -> {
            for (int i = 1; i <= 3_000; i++) {
              store.put(ApiKeys.with("pk_a").name(Integer.toString(i)).make());
              published.set(i);
            }
          }));
      for (Future<?> worker : workers) {
        worker.get(60, TimeUnit.SECONDS);
      }
      assertThat(ask("pk_a"))
          .isEqualTo(new Authenticated(ApiKeys.with("pk_a").name("3000").make()));
    }
  }

  @Test
  void floodOfRandomKeys_evictsNoValidOneAndStaysBounded() {
    for (int i = 0; i < 1_000; i++) {
      store.put(ApiKeys.key("pk_" + i));
      ask("pk_" + i);
    }
    for (int i = 0; i < 100_000; i++) {
      assertThat(ask("guess_" + i)).isEqualTo(UNKNOWN);
    }
    assertThat(cache.size()).isEqualTo(1_000);
    assertThat(cache.absences()).isLessThanOrEqualTo(100);
    for (int i = 0; i < 1_000; i++) {
      assertThat(authenticator.fromMemory(bearer("pk_" + i))).isInstanceOf(Authenticated.class);
    }
    assertThat(authenticator.stats().evictions()).isZero();
  }

  @Test
  void thousandColdClients_allGetTheirAnswer() throws Exception {
    try (var loaders = Executors.newVirtualThreadPerTaskExecutor();
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      use(cache(true, 1_000, CacheLogLevel.NONE), loaders);
      for (int i = 0; i < 100; i++) {
        store.put(ApiKeys.key("pk_" + i));
      }
      List<Future<AuthResult>> answers = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        String secret = "pk_" + i % 100;
        answers.add(clients.submit(() -> ask(secret)));
      }
      for (Future<AuthResult> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS)).isInstanceOf(Authenticated.class);
      }
      assertThat(store.finds()).isEqualTo(100);
    }
  }

  @Test
  void warmUp_loadsAllKeysAndSaysSo() {
    use(cache(true, 10, CacheLogLevel.INFO), Runnable::run);
    store.put(ApiKeys.key("pk_a"));
    store.put(ApiKeys.with("pk_b").disabled().make());
    try (CacheLines log = new CacheLines()) {
      authenticator.warmUp();
      assertThat(log.lines()).containsExactly("[cache] warm-up: 2 keys in 0 ms");
    }
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isInstanceOf(Authenticated.class);
    assertThat(authenticator.fromMemory(bearer("pk_b"))).isInstanceOf(Forbidden.class);
    assertThat(store.finds()).isZero();
  }

  @Test
  void warmUp_ofAnEmptyStore_loadsNothing() {
    authenticator.warmUp();
    assertThat(cache.size()).isZero();
  }

  @Test
  void warmUp_loadsNoMoreThanFits() {
    use(cache(true, 10, CacheLogLevel.NONE), Runnable::run);
    for (int i = 0; i < 50; i++) {
      store.put(ApiKeys.key("pk_" + i));
    }
    authenticator.warmUp();
    assertThat(cache.size()).isEqualTo(10);
    assertThat(authenticator.stats().evictions()).isZero();
  }

  @Test
  void warmUp_withTheStoreDown_failsVisiblyAndHarmsNothing() {
    store.down(true);
    try (CacheLines log = new CacheLines()) {
      authenticator.warmUp();
      assertThat(log.lines())
          .containsExactly(
              "[cache] warm-up: none, the key store is not available"
                  + " (line 3, column 7: not JSON); keys are loaded when they are first used");
    }
    store.down(false);
    assertThat(ask("pk_a")).isEqualTo(UNKNOWN);
  }

  @Test
  void warmUp_neverOverwritesWhatIsNewer() {
    List<Runnable> later = new ArrayList<>();
    use(cache(true, 10, CacheLogLevel.NONE), later::add);
    ApiKey renamed = ApiKeys.with("pk_a").name("Other").make();
    store.put(ApiKeys.key("pk_a"));
    cache.put(renamed.digest(), new KeyStore.Lookup(renamed, 1_000));
    authenticator.warmUp();
    later.forEach(Runnable::run);
    assertThat(authenticator.fromMemory(bearer("pk_a"))).isEqualTo(new Authenticated(renamed));
  }

  @Test
  void warmUp_ofADisabledCache_doesNothing() {
    use(cache(false, 10, CacheLogLevel.INFO), Runnable::run);
    store.put(ApiKeys.key("pk_a"));
    try (CacheLines log = new CacheLines()) {
      authenticator.warmUp();
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void credentials_hideTheirSecrets() {
    assertThat(new Credentials("pk_secret", null))
        .hasToString("Credentials[bearer=***, apiKey=none]");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
