package dev.tallygate.quota;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Admission.Limit;
import dev.tallygate.quota.Admission.NeverFits;
import dev.tallygate.quota.Admission.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds each key to its limits: tokens in a rolling 5 hours, requests in a rolling minute, calls at
 * the same time. What a call may cost is reserved when it is admitted, and replaced by what it did
 * cost when it ends.
 *
 * <p>Usage goes by the key's id and outlives a change of its definition. Thread-safe; each call is
 * a short critical section on one key's state.
 */
public final class QuotaEnforcer {
  /** How long tokens count. */
  public static final Duration WINDOW = Duration.ofHours(5);

  private static final Duration UNTIL_A_CALL_MAY_HAVE_ENDED = Duration.ofSeconds(1);
  private static final Budget.Decision FREE = new Budget.Fits(0);

  private final WindowClock clock;
  private final Pricing pricing;
  private final Calibration calibration = new Calibration();
  private final Consumer<String> charged;
  private final ConcurrentHashMap<String, KeyState> usages = new ConcurrentHashMap<>();
  private final LongAdder admitted = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder reserved = new LongAdder();

  /**
   * @param history what the windows are filled with; asked once, here
   * @param models what the worst case of a call is
   * @param charged told the id of each key that was charged, on the thread that did it
   */
  public QuotaEnforcer(
      Ticker ticker, UsageHistory history, ModelLimits models, Consumer<String> charged) {
    this.clock = new WindowClock(ticker);
    this.pricing = new Pricing(models, calibration);
    this.charged = charged;
    history.replay(ticker.epochMillis() - RollingWindow.ofTokens().longestMillis(), this::used);
  }

  /** Changes what the worst case of a call is. */
  public void models(ModelLimits models) {
    pricing.limits(models);
  }

  /** Decides whether the key may make the call now; an admitted call counts as a request. */
  public Admission admit(ApiKey key, Call call) {
    KeyState usage = usage(key.id());
    long tokens;
    synchronized (usage) {
      long now = clock.millis();
      Budget.Decision decision = decide(key, call, usage, now);
      if (decision instanceof Budget.Never) {
        return new NeverFits(
            pricing.worstCase(call), key.tokenLimitPer5h(), call.maxOutput().isPresent());
      }
      Rejected refusal = refusal(key, usage, now, decision);
      if (refusal != null) {
        return refusal;
      }
      tokens = decision instanceof Budget.Fits fits ? fits.tokens() : 0;
      if (key.requestsPerMinute() != null) {
        usage.requests().add(now, 1);
      }
      usage.open++;
      usage.reserved += tokens;
    }
    admitted.increment();
    reserved.add(tokens);
    return new Admitted(new Reservation(this, key, usage, call, tokens));
  }

  /** What the key has used and has left. Counts nothing. */
  public QuotaView view(ApiKey key) {
    return view(key, known(key.id()));
  }

  /** The tokens that a key has used and that count now; less work than {@link #view}. */
  public long usedNow(String keyId) {
    KeyState usage = known(keyId);
    synchronized (usage) {
      return usage.tokens.sum(clock.millis());
    }
  }

  /**
   * When a key that has used all its tokens has some again, if nothing is used until then. Null
   * when it has not used all of them, whatever is reserved, and when it never has any.
   */
  public @Nullable Instant freesAt(ApiKey key) {
    KeyState usage = known(key.id());
    synchronized (usage) {
      long now = clock.millis();
      long limit = key.tokenLimitPer5h();
      long used = usage.tokens.sum(now);
      if (limit == 0 || used < limit) {
        return null;
      }
      return Instant.ofEpochSecond(
          WindowClock.wallSecond(clock.wallAhead(now), usage.tokens.belowAt(now, limit)));
    }
  }

  QuotaView view(ApiKey key, KeyState usage) {
    synchronized (usage) {
      long now = clock.millis();
      RollingWindow tokens = usage.tokens;
      long sum = tokens.sum(now);
      long reset = usage.reserved > 0 ? tokens.nowLeaves(now) : tokens.allLeft(now);
      long ahead = clock.wallAhead(now);
      return new QuotaView(
          sum,
          usage.reserved,
          key.tokenLimitPer5h(),
          Math.max(0, key.tokenLimitPer5h() - sum),
          WindowClock.wallSecond(ahead, tokens.oldestStart(now)),
          WindowClock.wallSecond(ahead, tokens.oldestLeaves(now)),
          Duration.ofMillis(reset - now),
          requests(key, usage, now),
          usage.open);
    }
  }

  /**
   * Counts tokens that were used elsewhere, or before, and that the history did not tell of; it
   * must not tell of them later either. Usage that has left the window is ignored, usage dated in
   * the future counts as used now.
   */
  public void used(String keyId, long epochMillis, long tokens) {
    KeyState usage = usage(keyId);
    synchronized (usage) {
      long now = clock.millis();
      usage.tokens.add(now, epochMillis - clock.wallAhead(now), tokens);
    }
  }

  /** What was used within one step of the wall clock. */
  public record Sum(long startEpochMillis, long tokens) {}

  /**
   * The usage that counts now by the steps of the wall clock it fell into, oldest first, steps
   * without usage left out. The oldest may be part of a step only: the rest has left the window.
   *
   * @param step whole minutes, since nothing finer is known
   */
  public List<Sum> sums(String keyId, Duration step) {
    List<Sum> sums = new ArrayList<>();
    KeyState usage = usage(keyId);
    synchronized (usage) {
      long now = clock.millis();
      long ahead = clock.wallAhead(now);
      usage.tokens.forEach(
          now,
          (middle, tokens) -> {
            long start = Math.floorDiv(middle + ahead, step.toMillis()) * step.toMillis();
            Sum last = sums.isEmpty() ? null : sums.getLast();
            if (last != null && last.startEpochMillis() == start) {
              sums.set(sums.size() - 1, new Sum(start, last.tokens() + tokens));
            } else {
              sums.add(new Sum(start, tokens));
            }
          });
    }
    return sums;
  }

  /** How many admitted calls have not ended; exact when none is beginning or ending meanwhile. */
  public long openReservations() {
    long endedBefore = ended.sum();
    return admitted.sum() - endedBefore;
  }

  /** Tokens that are held for them, of all keys; exact when none is beginning or ending. */
  public long reservedTokens() {
    return reserved.sum();
  }

  boolean settle(Reservation reservation, TokenUsage usage, long outputBytes, boolean estimated) {
    Call call = reservation.call();
    KeyState key = reservation.usage;
    synchronized (key) {
      if (!end(reservation)) {
        return false;
      }
      key.tokens.add(clock.millis(), Counts.plus(usage.input(), usage.output()));
      if (!estimated && call.answers() > 0) {
        long each = Math.ceilDiv(usage.output(), call.answers());
        // One that was as long as its client allowed says nothing of how long it would have been.
        if (each < call.maxOutput().orElse(Long.MAX_VALUE)) {
          key.answered(each);
        }
      }
    }
    ended(reservation);
    if (!estimated) {
      boolean textOnly = call.media() == 0 && !call.unseenInput();
      calibration.learn(
          call.model(),
          usage.input(),
          textOnly ? call.textBytes() : 0,
          usage.output(),
          outputBytes);
    }
    charged.accept(reservation.keyId());
    return true;
  }

  boolean release(Reservation reservation) {
    synchronized (reservation.usage) {
      if (!end(reservation)) {
        return false;
      }
    }
    ended(reservation);
    return true;
  }

  TokenUsage estimate(Call call, long outputBytes) {
    return new TokenUsage(pricing.inputEstimate(call), 0, 0, pricing.outputOf(call, outputBytes));
  }

  private static boolean end(Reservation reservation) {
    if (reservation.ended) {
      return false;
    }
    reservation.ended = true;
    reservation.usage.open--;
    reservation.usage.reserved -= reservation.tokens();
    return true;
  }

  private void ended(Reservation reservation) {
    ended.increment();
    reserved.add(-reservation.tokens());
  }

  /** For whoever only looks: a key without usage need not be kept for it. */
  private KeyState known(String keyId) {
    KeyState known = usages.get(keyId);
    return known != null ? known : new KeyState();
  }

  private KeyState usage(String keyId) {
    KeyState known = usages.get(keyId);
    return known != null ? known : usages.computeIfAbsent(keyId, id -> new KeyState());
  }

  private Budget.Decision decide(ApiKey key, Call call, KeyState usage, long now) {
    if (!call.countsTokens()) {
      return FREE;
    }
    Budget budget = new Budget(key.tokenLimitPer5h(), usage.tokens.sum(now), usage.reserved);
    return key.quotaMode() == QuotaMode.STRICT
        ? budget.strict(pricing.worstCase(call))
        : budget.adaptive(pricing.estimate(call, usage.expectedOutput()));
  }

  /** The limit that keeps the call waiting longest; null when none does. */
  private @Nullable Rejected refusal(
      ApiKey key, KeyState usage, long now, Budget.Decision decision) {
    long soon = now + UNTIL_A_CALL_MAY_HAVE_ENDED.toMillis();
    long tokensAt =
        switch (decision) {
          case Budget.Full full -> usage.tokens.belowAt(now, full.usedBelow());
          case Budget.Busy _ -> soon;
          case Budget.Fits _, Budget.Never _ -> now;
        };
    Integer perMinute = key.requestsPerMinute();
    long requestAt = perMinute == null ? now : usage.requests().belowAt(now, perMinute);
    Integer concurrent = key.maxConcurrent();
    long placeAt = concurrent != null && usage.open >= concurrent ? soon : now;
    long at = Math.max(tokensAt, Math.max(requestAt, placeAt));
    if (at == now) {
      return null;
    }
    Limit limit =
        tokensAt == at ? Limit.TOKENS : requestAt == at ? Limit.REQUESTS : Limit.CONCURRENCY;
    return new Rejected(
        limit,
        usage.tokens.sum(now),
        usage.reserved,
        key.tokenLimitPer5h(),
        Instant.ofEpochSecond(
            WindowClock.wallSecond(
                clock.wallAhead(now), limit == Limit.TOKENS ? at : usage.tokens.oldestLeaves(now))),
        Duration.ofMillis(at - now));
  }

  private static QuotaView.@Nullable Requests requests(ApiKey key, KeyState usage, long now) {
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
}
