package dev.tallygate.metrics;

import dev.tallygate.model.ApiKey;
import dev.tallygate.quota.QuotaView;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What keys have used of their quota: of those that have called, and as many others as there is
 * room for.
 */
final class QuotaFamilies implements MultiCollector {
  private final Supplier<Collection<ApiKey>> keys;
  private final Function<ApiKey, QuotaView> quota;
  private final KeyTable table;

  /**
   * @param keys all that are defined; none when nobody can tell
   * @param quota what a key has used and has left
   */
  QuotaFamilies(
      Supplier<Collection<ApiKey>> keys, Function<ApiKey, QuotaView> quota, KeyTable table) {
    this.keys = keys;
    this.quota = quota;
    this.table = table;
  }

  @Override
  public MetricSnapshots collect() {
    GaugeSnapshot.Builder used =
        Family.gauge("quota_used_tokens", "Tokens of a key that count against its limit now.");
    GaugeSnapshot.Builder reserved =
        Family.gauge("quota_reserved_tokens", "Tokens held for the running calls of a key.");
    GaugeSnapshot.Builder limit =
        Family.gauge("quota_limit_tokens", "Tokens that a key may use in 5 hours.");
    for (ApiKey key : shown()) {
      QuotaView now = quota.apply(key);
      Labels labels = Labels.of("key", key.id());
      used.dataPoint(Family.value(now.used(), labels));
      reserved.dataPoint(Family.value(now.reserved(), labels));
      limit.dataPoint(Family.value(now.limit(), labels));
    }
    return MetricSnapshots.of(used.build(), reserved.build(), limit.build());
  }

  private List<ApiKey> shown() {
    if (table.limit() == 0) {
      return List.of();
    }
    Collection<ApiKey> all = keys.get();
    List<ApiKey> shown = new ArrayList<>(Math.min(all.size(), table.limit()));
    Predicate<ApiKey> calling = key -> table.knows(key.id());
    all.stream().filter(calling).limit(table.limit()).forEach(shown::add);
    all.stream().filter(calling.negate()).limit(table.limit() - shown.size()).forEach(shown::add);
    return shown;
  }
}
