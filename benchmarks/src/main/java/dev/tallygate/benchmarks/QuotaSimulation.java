package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Admission;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Admission.Rejected;
import dev.tallygate.quota.Call;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.quota.Reservation;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ten hours of one key: clients that call as fast as they get answers, think for some seconds, and
 * come back when a refusal tells them to. Runs on its own clock; the same seed, the same hours.
 */
final class QuotaSimulation {
  private static final long MILLIS = 10 * 3_600_000L;
  private static final int MAX_TOKENS = 32_000;
  private static final double MEAN_THINKING_MILLIS = 5_000;
  private static final int MILLIS_TO_FIRST_TOKEN = 800;
  private static final int MILLIS_PER_TOKEN = 20;

  /** How calls are admitted. */
  enum Policy {
    /** While the limit is not reached by what has ended. */
    NONE,
    /** As by default. */
    ADAPTIVE,
    /** As with {@code "quota_mode": "strict"}. */
    STRICT
  }

  /**
   * What came of it.
   *
   * @param overshoot tokens by which a window exceeded the limit at most
   * @param meanCall tokens of a call
   * @param tokens used in all
   */
  record Result(double overshoot, double meanCall, double tokens) {}

  /** A client that calls at {@code millis}, or whose call ends then. */
  private record Event(
      long millis, int client, @Nullable Reservation ending, @Nullable TokenUsage used) {}

  private final HandSetClock clock = new HandSetClock();
  private final QuotaEnforcer quota =
      new QuotaEnforcer(
          clock,
          (since, sink) -> {},
          new ModelLimits(200_000, 131_072, 10_000),
          QuotaSimulation::unwatched);
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::millis).thenComparingInt(Event::client));
  private final Policy policy;
  private final ApiKey key;
  private final ApiKey unlimited;
  private final ToDoubleFunction<Random> lengths;
  private final Random random;
  private long most;
  private long tokens;
  private long calls;

  QuotaSimulation(
      Policy policy, long limit, int clients, ToDoubleFunction<Random> lengths, Random random) {
    QuotaMode mode = policy == Policy.STRICT ? QuotaMode.STRICT : QuotaMode.ADAPTIVE;
    this.policy = policy;
    this.key = QuotaKeys.key("k_simulated", limit, mode, null);
    this.unlimited = QuotaKeys.key("k_simulated", Long.MAX_VALUE, QuotaMode.ADAPTIVE, null);
    this.lengths = lengths;
    this.random = random;
    for (int client = 0; client < clients; client++) {
      events.add(new Event(thinking(), client, null, null));
    }
  }

  Result run() {
    for (Event event = events.remove(); event.millis() < MILLIS; event = events.remove()) {
      clock.set(event.millis());
      if (event.ending() == null || event.used() == null) {
        call(event);
      } else {
        end(event, event.ending(), event.used());
      }
    }
    double overshoot = Math.max(0, most - key.tokenLimitPer5h());
    return new Result(overshoot, (double) tokens / calls, tokens);
  }

  private void call(Event event) {
    int bytes = 600 + random.nextInt(8_000);
    long input = Math.round(bytes * (0.2 + 0.1 * random.nextDouble()));
    int output = (int) Math.clamp(lengths.applyAsDouble(random), 1, MAX_TOKENS);
    Call call = new Call(true, "m", bytes, 0, false, OptionalLong.of(MAX_TOKENS), 1);
    switch (admit(call)) {
      case Admitted(Reservation reservation) ->
          events.add(
              new Event(
                  event.millis() + MILLIS_TO_FIRST_TOKEN + (long) MILLIS_PER_TOKEN * output,
                  event.client(),
                  reservation,
                  new TokenUsage(input, 0, 0, output)));
      case Rejected refusal ->
          events.add(
              new Event(
                  event.millis() + refusal.retryAfter().toMillis() + random.nextInt(500),
                  event.client(),
                  null,
                  null));
      case Admission.NeverFits never -> throw new IllegalStateException(never.toString());
    }
  }

  /** Without reservation, what counts is only whether the limit is reached. */
  private Admission admit(Call call) {
    if (policy != Policy.NONE) {
      return quota.admit(key, call);
    }
    return quota.view(key).remaining() > 0 ? quota.admit(unlimited, call) : quota.admit(key, call);
  }

  private void end(Event event, Reservation reservation, TokenUsage used) {
    reservation.settle(used, 4 * used.output(), false);
    most = Math.max(most, quota.view(key).used());
    tokens += used.total();
    calls++;
    events.add(new Event(event.millis() + thinking(), event.client(), null, null));
  }

  private long thinking() {
    return Math.round(-MEAN_THINKING_MILLIS * Math.log(1 - random.nextDouble()));
  }

  private static void unwatched(String keyId) {
    // No key file to keep up to date.
  }
}
