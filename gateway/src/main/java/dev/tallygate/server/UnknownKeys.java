package dev.tallygate.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the unknown keys that each address presents, up to a number in a minute. Whoever goes on
 * has to wait until the minute is over. Thread-safe.
 */
final class UnknownKeys {
  /*
   * The minute of an address begins with its first unknown key and is its entry's time to live, so
   * that there is nothing to sweep. Addresses are bounded: whoever has more of them than that has
   * no need to use one twice.
   */
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int MOST_ADDRESSES = 65_536;

  private final int limit;
  private final Ticker ticker;
  private final Cache<ClientAddress, Minute> minutes;

  private record Minute(long begunNanos, AtomicInteger count) {}

  /**
   * @param limit in a minute for each address; 0: none, and nothing is counted
   */
  UnknownKeys(int limit, Ticker ticker) {
    this.limit = limit;
    this.ticker = ticker;
    this.minutes =
        Caffeine.newBuilder()
            .maximumSize(MOST_ADDRESSES)
            .expireAfterWrite(MINUTE)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
  }

  /** How long an address has to wait that has had its number, or null. */
  @Nullable Duration wait(ClientAddress address) {
    Minute minute = limit == 0 ? null : minutes.getIfPresent(address);
    return minute == null || minute.count().get() < limit ? null : left(minute);
  }

  /** Counts one; returns how long to wait where that is one too many, or null. */
  @Nullable Duration count(ClientAddress address) {
    if (limit == 0) {
      return null;
    }
    Minute minute = minutes.get(address, first -> new Minute(ticker.nanos(), new AtomicInteger()));
    return minute.count().incrementAndGet() <= limit ? null : left(minute);
  }

  private Duration left(Minute minute) {
    return MINUTE.minusNanos(ticker.nanos() - minute.begunNanos());
  }
}
