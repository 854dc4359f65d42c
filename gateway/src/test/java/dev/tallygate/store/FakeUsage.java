package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Usage in memory, as ledger and quota would tell it; a key never seen brings its own along. */
final class FakeUsage implements UsageSource, UsageImport {
  private static final long STEP = Duration.ofMinutes(5).toMillis();

  private final Ticker ticker;
  private final ChangedKeys changed;
  private final Map<String, KeyUsage> usages = new ConcurrentHashMap<>();

  FakeUsage(Ticker ticker, ChangedKeys changed) {
    this.ticker = ticker;
    this.changed = changed;
  }

  void use(String keyId, long tokens) {
    long now = ticker.epochMillis();
    Instant step = Instant.ofEpochMilli(now - now % STEP);
    usages.compute(
        keyId,
        (id, known) -> {
          KeyUsage before = known == null ? KeyUsage.NONE : known;
          SortedMap<Instant, Long> windows = new TreeMap<>();
          before.windows().forEach(window -> windows.put(window.start(), window.tokens()));
          windows.merge(step, tokens, Long::sum);
          List<UsageWindow> after = new ArrayList<>();
          windows.forEach((start, sum) -> after.add(new UsageWindow(start, sum)));
          return new KeyUsage(before.lifetimeTokens() + tokens, Instant.ofEpochMilli(now), after);
        });
    changed.add(keyId);
  }

  @Override
  public KeyUsage usage(String keyId) {
    KeyUsage all = usages.getOrDefault(keyId, KeyUsage.NONE);
    Instant from = ticker.now().minus(Duration.ofHours(5));
    return new KeyUsage(
        all.lifetimeTokens(),
        all.lastUsed(),
        all.windows().stream().filter(window -> window.start().isAfter(from)).toList());
  }

  @Override
  public Collection<String> usedKeys() {
    return usages.entrySet().stream()
        .filter(each -> each.getValue().lastUsed() != null)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public void shown(String keyId, KeyUsage usage) {
    KeyUsage known = usages.putIfAbsent(keyId, usage);
    if (known != null && known.lifetimeTokens() != usage.lifetimeTokens()) {
      changed.add(keyId);
    }
  }
}
