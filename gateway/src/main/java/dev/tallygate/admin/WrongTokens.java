package dev.tallygate.admin;

import dev.tallygate.model.Ticker;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts wrong tokens, those of each address and all together, by minutes that begin with one. Of
 * IPv6 the first 64 bits count, since a host has all that follow. Bounded; thread-safe.
 */
final class WrongTokens {
  /** So many of an address are told one by one. */
  static final int MOST = 10;

  /** So many of all addresses are. */
  static final int MOST_TOLD = 100;

  private static final Duration SPAN = Duration.ofMinutes(1);
  private static final int ADDRESSES = 1024;

  private final Ticker ticker;
  private Count all;

  /**
   * A wrong token.
   *
   * @param ofAddress its number among those of its address
   * @param ofAll its number among all
   * @param left how long further ones of its address are counted with it
   */
  record Failure(int ofAddress, int ofAll, Duration left) {}

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

  WrongTokens(Ticker ticker) {
    this.ticker = ticker;
    this.all = new Count(ticker.nanos());
  }

  /** Counts a wrong token. */
  synchronized Failure failed(InetAddress from) {
    long now = ticker.nanos();
    if (isOver(all, now)) {
      all = new Count(now);
    }
    String address = name(from);
    Count count = counts.get(address);
    if (count == null || isOver(count, now)) {
      // Out and in again: that puts it last.
      counts.remove(address);
      count = new Count(now);
      counts.put(address, count);
    }
    return new Failure(++count.failed, ++all.failed, SPAN.minusNanos(now - count.sinceNanos));
  }

  private static boolean isOver(Count count, long now) {
    return now - count.sinceNanos >= SPAN.toNanos();
  }

  private static String name(InetAddress address) {
    byte[] bytes = address.getAddress();
    return HexFormat.of()
        .formatHex(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }
}
