package dev.tallygate.admin;

import dev.tallygate.model.Ticker;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often an address has shown a wrong token. After ten within a minute nothing it shows is
 * looked at until the minute is over, or guessing would only be told the result later. Of IPv6 the
 * first 64 bits count, since a host has all that follow. Bounded; thread-safe.
 */
final class Attempts {
  static final int MOST = 10;
  private static final Duration SPAN = Duration.ofMinutes(1);
  private static final int ADDRESSES = 1024;

  private final Ticker ticker;

  private static final class Count {
    final long sinceNanos;
    int failed;

    Count(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  /** By address; the one that failed first goes first. */
  private final Map<String, Count> counts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
          return size() > ADDRESSES;
        }
      };

  Attempts(Ticker ticker) {
    this.ticker = ticker;
  }

  /** How long the address has to wait before it may try again; zero: it may now. */
  synchronized Duration wait(InetAddress from) {
    Count count = current(from);
    return count == null || count.failed < MOST
        ? Duration.ZERO
        : SPAN.minusNanos(ticker.nanos() - count.sinceNanos);
  }

  /** Counts a wrong token; whether it was the last that is looked at. */
  synchronized boolean failed(InetAddress from) {
    Count count = current(from);
    if (count == null) {
      count = new Count(ticker.nanos());
      counts.put(name(from), count);
    }
    return ++count.failed == MOST;
  }

  private @Nullable Count current(InetAddress from) {
    Count count = counts.get(name(from));
    if (count != null && ticker.nanos() - count.sinceNanos >= SPAN.toNanos()) {
      counts.remove(name(from));
      return null;
    }
    return count;
  }

  private static String name(InetAddress address) {
    byte[] bytes = address.getAddress();
    return HexFormat.of()
        .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }
}
