package dev.tallygate.upstream;

import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * When a call that has cost nothing yet is made once more. Immutable.
 *
 * @param window how long after a call's first attempt another may begin; zero: none does
 * @param answers HTTP statuses and codes of Z.AI after which one does, besides failures to connect
 */
public record RetryPolicy(Duration window, Set<Integer> answers) {
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(100).toNanos();
  private static final int MOST_DOUBLINGS = 6;

  /** Copies the set. */
  public RetryPolicy {
    answers = Set.copyOf(answers);
  }

  /**
   * How long to wait before the next attempt: longer each time, and not the same for all, so that
   * calls that failed together do not come back together.
   *
   * @param attempts made so far, at least 1
   */
  public Duration pause(int attempts, RandomGenerator random) {
    long most = FIRST_PAUSE_NANOS << Math.min(attempts - 1, MOST_DOUBLINGS);
    return Duration.ofNanos(random.nextLong(most / 2, most));
  }

  /** Whether an attempt that would begin so long after the first still may. */
  public boolean allows(Duration sinceFirst) {
    return sinceFirst.compareTo(window) <= 0;
  }
}
