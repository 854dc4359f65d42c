package dev.tallygate.admin;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.Exchange;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The latest errors that the gateway itself gave each key: the answer to "why was I refused?". Kept
 * in memory only, of a bounded number of keys, those refused last. Thread-safe.
 */
public final class RecentRefusals {
  static final int OF_A_KEY = 50;
  static final int KEYS = 500;
  private static final int LONGEST = 200;

  private final Ticker ticker;

  /** By key id; the one that was refused longest ago goes first. */
  private final Map<String, Deque<Refusal>> byKey =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Refusal>> eldest) {
          return size() > KEYS;
        }
      };

  /** Nothing was refused yet. */
  public RecentRefusals(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * What a call was answered instead of being served.
   *
   * @param code what the client saw
   * @param reason the same, but which limit where one of the key's was reached
   */
  record Refusal(
      Instant at, int status, String code, String reason, String path, @Nullable String model) {}

  /** An exchange has ended; on its event loop. */
  public void finished(Exchange exchange) {
    ApiKey key = exchange.key();
    ApiError error = exchange.error();
    if (key != null && error != null) {
      String model = exchange.model();
      Refusal refusal =
          new Refusal(
              ticker.now(),
              exchange.status(),
              error.code(),
              error.reason(),
              shortened(exchange.path()),
              model == null ? null : shortened(model));
      add(key.id(), refusal);
    }
  }

  /** Remembers one. */
  void add(String keyId, Refusal refusal) {
    synchronized (byKey) {
      // Out and in again: that puts it last.
      Deque<Refusal> known = byKey.remove(keyId);
      Deque<Refusal> refusals = known == null ? new ArrayDeque<>() : known;
      byKey.put(keyId, refusals);
      if (refusals.size() == OF_A_KEY) {
        refusals.removeLast();
      }
      refusals.addFirst(refusal);
    }
  }

  /** Those of a key, the latest first. */
  List<Refusal> of(String keyId) {
    synchronized (byKey) {
      Deque<Refusal> refusals = byKey.get(keyId);
      return refusals == null ? List.of() : List.copyOf(refusals);
    }
  }

  private static String shortened(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }
}
