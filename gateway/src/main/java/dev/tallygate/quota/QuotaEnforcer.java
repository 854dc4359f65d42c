package dev.tallygate.quota;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Admission.Limit;
import dev.tallygate.quota.Admission.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Holds each key to its limits: tokens in a rolling 5 hours, requests in a rolling minute, calls at
 * the same time. A call is admitted while anything is left and charged when it ends, so calls that
 * are in flight together can overshoot by what they use.
 *
 * <p>Usage goes by the key's id and outlives a change of its definition. Thread-safe; each call is
 * a short critical section on one key's state.
 */
public final class QuotaEnforcer {
  /*
   * Windows run on the monotonic clock, laid onto the wall clock once, at construction: were they on
   * the wall clock itself, setting it forward would forget usage that is not 5 hours old, and setting
   * it back would keep usage for as long as it was set back. The wall clock serves only to date past
   * usage and to tell people when.
   */
  private static final Duration UNTIL_A_CALL_MAY_HAVE_ENDED = Duration.ofSeconds(1);

  private final Ticker ticker;
  private final java.util.function.Consumer<String> used;
  private final long originNanos;
  private final long originMillis;
  private final ConcurrentHashMap<String, KeyUsage> usages = new ConcurrentHashMap<>();
  private final LongAdder admitted = new LongAdder();
  private final LongAdder ended = new LongAdder();

  /**
   * @param history asked once for each key, when it is first seen
   */
  public QuotaEnforcer(
      Ticker ticker,
      UsageHistory history,
      ModelLimits models,
      java.util.function.Consumer<String> used) {
    this.used = used;
    this.ticker = ticker;
    this.originNanos = ticker.nanos();
    this.originMillis = ticker.epochMillis();
    history.replay(originMillis - 18_060_000, this::used);
  }

  /** Decides whether the key may make the call now; an admitted call counts as a request. */
  public Admission admit(ApiKey key, Call call) {
    KeyUsage usage = usage(key.id());
    synchronized (usage) {
      long now = windowMillis();
      if (call.countsTokens() && usage.tokens.sum(now) >= key.tokenLimitPer5h()) {
        long admittedAt = usage.tokens.belowAt(now, key.tokenLimitPer5h());
        return rejected(key, usage, now, Limit.TOKENS, admittedAt - now);
      }
      Integer perMinute = key.requestsPerMinute();
      if (perMinute != null && usage.requests().sum(now) >= perMinute) {
        long admittedAt = usage.requests().belowAt(now, perMinute);
        return rejected(key, usage, now, Limit.REQUESTS, admittedAt - now);
      }
      Integer concurrent = key.maxConcurrent();
      if (concurrent != null && usage.open >= concurrent) {
        long soon = UNTIL_A_CALL_MAY_HAVE_ENDED.toMillis();
        return rejected(key, usage, now, Limit.CONCURRENCY, soon);
      }
      if (perMinute != null) {
        usage.requests().add(now, 1);
      }
      usage.open++;
    }
    admitted.increment();
    return new Admitted(new Reservation(this, usage, key));
  }

  /** What the key has used and has left. Counts nothing. */
  public QuotaView view(ApiKey key) {
    KeyUsage usage = usage(key.id());
    synchronized (usage) {
      long now = windowMillis();
      long used = usage.tokens.sum(now);
      return new QuotaView(
          used,
          key.tokenLimitPer5h(),
          Math.max(0, key.tokenLimitPer5h() - used),
          wall(now, usage.tokens.oldestStart(now)),
          wall(now, usage.tokens.oldestLeaves(now)),
          Duration.ofMillis(usage.tokens.allLeft(now) - now),
          requests(key, usage, now));
    }
  }

  /**
   * Counts tokens that were used elsewhere, or before, and that the history did not tell of when
   * the key was first seen; it must not tell of them later either. Usage that has left the window
   * is ignored, usage dated in the future counts as used now.
   */
  public void used(String keyId, long epochMillis, long tokens) {
    KeyUsage usage = usage(keyId);
    synchronized (usage) {
      long now = windowMillis();
      usage.tokens.add(now, now - (ticker.epochMillis() - epochMillis), tokens);
    }
  }

  /** How many admitted calls have not ended; exact when none is beginning or ending meanwhile. */
  public long openReservations() {
    long endedBefore = ended.sum();
    return admitted.sum() - endedBefore;
  }

  void end(String id, KeyUsage usage, long tokens) {
    synchronized (usage) {
      usage.open--;
      usage.tokens.add(windowMillis(), tokens);
    }
    ended.increment();
    used.accept(id);
  }

  private KeyUsage usage(String keyId) {
    KeyUsage known = usages.get(keyId);
    return known != null ? known : usages.computeIfAbsent(keyId, id -> new KeyUsage());
  }

  /** Stub. */
  public record Sum(long startEpochMillis, long tokens) {}

  /** Stub. */
  public java.util.List<Sum> sums(String keyId, Duration step) {
    KeyUsage usage = usage(keyId);
    synchronized (usage) {
      long now = windowMillis();
      return java.util.List.of(new Sum(usage.tokens.oldestStart(now), usage.tokens.sum(now)));
    }
  }

  private static QuotaView.@Nullable Requests requests(ApiKey key, KeyUsage usage, long now) {
    Integer limit = key.requestsPerMinute();
    if (limit == null) {
      return null;
    }
    RollingWindow requests = usage.requests();
    return new QuotaView.Requests(
        limit,
        (int) Math.max(0, limit - requests.sum(now)),
        Duration.ofMillis(requests.allLeft(now) - now));
  }

  private Rejected rejected(
      ApiKey key, KeyUsage usage, long now, Limit limit, long retryAfterMillis) {
    long ends = limit == Limit.TOKENS ? now + retryAfterMillis : usage.tokens.oldestLeaves(now);
    return new Rejected(
        limit,
        usage.tokens.sum(now),
        key.tokenLimitPer5h(),
        wall(now, ends),
        Duration.ofMillis(retryAfterMillis));
  }

  // To the second: the two clocks, each read in whole milliseconds, differ by one now and then, and
  // the same window would seem to begin at another time.
  private Instant wall(long now, long windowTime) {
    return ticker.now().plusMillis(windowTime - now + 500).truncatedTo(ChronoUnit.SECONDS);
  }

  private long windowMillis() {
    return originMillis + (ticker.nanos() - originNanos) / 1_000_000;
  }
}
