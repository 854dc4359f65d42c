package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Admission.Admitted;
import dev.tallygate.quota.Call;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The memory that the quota takes for 100,000 active keys: each used in every minute of the 5
 * hours, each with a history of answers and a limit of requests per minute. The goal is 256 MB.
 *
 * <pre>
 * ./build -q compile
 * bin/with-jdk25 java -Xmx1g -cp gateway/target/classes:benchmarks/target/classes \
 *     dev.tallygate.benchmarks.QuotaMemory
 * </pre>
 */
public final class QuotaMemory {
  private static final int KEYS = 100_000;
  private static final int MINUTES = 301;
  private static final int ANSWERS = 40;
  private static final Call CALL = new Call(true, "m", 900, 0, false, OptionalLong.of(4_096), 1);
  private static final TokenUsage USED = new TokenUsage(300, 0, 0, 600);

  private QuotaMemory() {}

  /** Measures and prints. */
  public static void main(String[] args) {
    HandSetClock clock = new HandSetClock();
    long before = usedHeap();
    QuotaEnforcer quota =
        new QuotaEnforcer(
            clock,
            (since, sink) -> {},
            new ModelLimits(200_000, 131_072, 10_000),
            QuotaMemory::unwatched);
    for (int minute = 0; minute < MINUTES; minute++) {
      clock.set(minute * 60_000L);
      for (int key = 0; key < KEYS; key++) {
        quota.used(id(key), clock.epochMillis(), 900);
      }
    }
    print("windows of tokens", before);
    for (int key = 0; key < KEYS; key++) {
      call(quota, QuotaKeys.key(id(key), Long.MAX_VALUE, QuotaMode.ADAPTIVE, 600));
    }
    print("with answers and requests", before);
    if (quota.openReservations() != 0) {
      throw new IllegalStateException("calls are open");
    }
  }

  private static void call(QuotaEnforcer quota, ApiKey key) {
    for (int answer = 0; answer < ANSWERS; answer++) {
      if (quota.admit(key, CALL) instanceof Admitted(var reservation)) {
        reservation.settle(USED, 2_400, false);
      } else {
        throw new IllegalStateException("refused");
      }
    }
  }

  private static String id(int key) {
    return "k_" + (1_000_000_000_000L + key);
  }

  private static void print(String what, long before) {
    long bytes = usedHeap() - before;
    System.out.printf(
        Locale.ROOT,
        "%-26s %,d keys: %.1f MB, %,d bytes a key%n",
        what,
        KEYS,
        bytes / 1e6,
        bytes / KEYS);
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static void unwatched(String keyId) {
    // No key file to keep up to date.
  }
}
