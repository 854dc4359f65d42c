package dev.tallygate.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one key has used. Immutable.
 *
 * @param lifetimeTokens all tokens ever, imported ones included
 * @param lastUsed end of the latest call, or null when there was none
 * @param windows sums of the last 5 hours, oldest first
 */
public record KeyUsage(long lifetimeTokens, @Nullable Instant lastUsed, List<UsageWindow> windows) {
  /** Never used. */
  public static final KeyUsage NONE = new KeyUsage(0, null, List.of());

  /** Copies the list. */
  public KeyUsage {
    windows = List.copyOf(windows);
  }
}
