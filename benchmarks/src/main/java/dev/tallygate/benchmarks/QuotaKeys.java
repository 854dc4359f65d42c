package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Key definitions for the benchmarks of the quota. */
final class QuotaKeys {
  private static final KeyDigest DIGEST = KeyDigest.of("pk_benchmark");

  private QuotaKeys() {}

  static ApiKey key(String id, long limit, QuotaMode mode, @Nullable Integer requestsPerMinute) {
    return new ApiKey(
        id,
        DIGEST,
        id,
        id,
        "*",
        List.of(),
        limit,
        requestsPerMinute,
        null,
        Instant.MAX,
        null,
        false,
        null,
        mode,
        null);
  }
}
