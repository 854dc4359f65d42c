package dev.tallygate.metrics;

import dev.tallygate.auth.CacheStats;
import dev.tallygate.model.Times;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What is told of the gateway's state; read when it is asked for. */
final class StateFamilies implements MultiCollector {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double MICROS = TimeUnit.SECONDS.toMicros(1);

  private final Supplier<Readings> readings;
  private final LoopLag lag;
  private final String version;

  StateFamilies(Supplier<Readings> readings, LoopLag lag, String version) {
    this.readings = readings;
    this.lag = lag;
    this.version = version;
  }

  @Override
  public MetricSnapshots collect() {
    Readings now = readings.get();
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    load(now.load(), all);
    upstreams(now.upstreams(), all);
    reserved(now.reserved(), all);
    cache(now.cache(), all);
    keys(now.keys(), all);
    ledger(now.ledger(), all);
    health(now.health(), all);
    memory(now.memory(), all);
    loops(all);
    all.metricSnapshot(build());
    return all.build();
  }

  private static void load(Readings.Load now, MetricSnapshots.Builder all) {
    all.metricSnapshot(Family.gauge("open_calls", "Requests that have not ended.", now.calls()));
    all.metricSnapshot(
        Family.gauge("open_streams", "Answers that are streams and go on.", now.streams()));
    all.metricSnapshot(
        Family.gauge(
            "client_connections", "Connections that clients hold open.", now.clientConnections()));
    all.metricSnapshot(
        Family.counter(
                "refused_connections",
                "Connections of clients that were refused, by the limit that was reached.")
            .dataPoint(Family.count(now.refusedConnections(), Labels.of("limit", "all")))
            .dataPoint(
                Family.count(now.refusedConnectionsOfAddress(), Labels.of("limit", "address")))
            .build());
    all.metricSnapshot(
        Family.counter(
            "malformed_requests",
            "Requests that ended before their head was read: malformed, too long or too slow.",
            now.malformedRequests()));
    all.metricSnapshot(
        Family.gauge("upstream_connections", "Connections to upstreams by what they do.")
            .dataPoint(Family.value(now.busyUpstreamConnections(), Labels.of("state", "busy")))
            .dataPoint(Family.value(now.idleUpstreamConnections(), Labels.of("state", "idle")))
            .build());
    all.metricSnapshot(
        Family.gauge(
            "upstream_waiting_calls",
            "Calls that wait for their turn at the upstreams.",
            now.waitingCalls()));
  }

  private static void upstreams(List<Readings.Upstream> now, MetricSnapshots.Builder all) {
    GaugeSnapshot.Builder up =
        Family.gauge(
            "upstream_up",
            "Whether calls go to an upstream; without, its circuit breaker is open and they get 503.");
    GaugeSnapshot.Builder account =
        Family.gauge(
            "upstream_account_served",
            "Whether an upstream serves the gateway's account: not refused, and quota left.");
    CounterSnapshot.Builder breaks =
        Family.counter("upstream_breaks", "How often a circuit breaker has opened.");
    for (Readings.Upstream upstream : now) {
      Labels labels = Labels.of("upstream", upstream.name());
      up.dataPoint(Family.value(upstream.tried() ? 1L : 0L, labels));
      account.dataPoint(Family.value(upstream.accountServed() ? 1L : 0L, labels));
      breaks.dataPoint(Family.count(upstream.breaks(), labels));
    }
    all.metricSnapshot(up.build());
    all.metricSnapshot(account.build());
    all.metricSnapshot(breaks.build());
  }

  private static void reserved(Readings.Reserved now, MetricSnapshots.Builder all) {
    all.metricSnapshot(
        Family.gauge("open_reservations", "Calls that tokens are held for.", now.calls()));
    all.metricSnapshot(
        Family.gauge("reserved_tokens", "Tokens held for running calls.", now.tokens()));
    all.metricSnapshot(
        Family.gauge(
            "reservation_difference_tokens",
            "Tokens held for no running call, at the last look. Anything but 0 is a bug.",
            now.difference()));
  }

  private static void cache(CacheStats now, MetricSnapshots.Builder all) {
    add(all, "hits", "Key look-ups answered from memory.", now.hits());
    add(all, "misses", "Key look-ups that memory could not answer.", now.misses());
    add(all, "negative_hits", "Hits that said: no such key.", now.negativeHits());
    add(all, "evictions", "Keys dropped from memory to make room.", now.evictions());
    add(all, "expirations", "Keys in memory that were found too old.", now.expirations());
    add(all, "invalidations", "Keys dropped because they changed.", now.invalidations());
    add(all, "loads", "Questions to the key store.", now.loads());
    add(all, "load_failures", "Questions the key store could not answer.", now.loadFailures());
    add(all, "stale_served", "Answers from keys too old as the store failed.", now.staleServed());
    all.metricSnapshot(Family.gauge("key_cache_entries", "Keys held in memory.", now.size()));
    all.metricSnapshot(
        Family.gauge("key_cache_max_entries", "Keys held in memory at most.", now.maxSize()));
    all.metricSnapshot(
        Family.gauge("key_cache_enabled", "Whether keys are held in memory.", now.enabled()));
    all.metricSnapshot(
        Family.gauge(
            "key_cache_hit_ratio", "Hits as a part of all look-ups so far.", now.hitRate() / 100));
    all.metricSnapshot(
        Family.gauge(
            "key_cache_load_average_seconds",
            "Mean time of a question to the key store.",
            now.averageLoadMicros() / MICROS));
  }

  private static void add(MetricSnapshots.Builder all, String name, String help, long count) {
    all.metricSnapshot(Family.counter("key_cache_" + name, help, count));
  }

  private static void keys(Readings.Keys now, MetricSnapshots.Builder all) {
    all.metricSnapshot(Family.gauge("keys", "Keys that are defined.", now.count()));
    all.metricSnapshot(
        Family.gauge(
            "refused_key_entries",
            "Entries of the key file that are not accepted; the log names them.",
            now.refusedEntries()));
    all.metricSnapshot(
        Family.gauge(
            "key_store_readable",
            "Whether keys can be checked; without, calls get 503.",
            now.readable()));
    all.metricSnapshot(
        Family.gauge(
            "key_store_current",
            "Whether the keys in force are those of the key file as it is now.",
            now.current()));
  }

  private static void ledger(Readings.Ledger now, MetricSnapshots.Builder all) {
    all.metricSnapshot(
        Family.gauge(
            "ledger_up", "Whether usage can be recorded; without, calls get 503.", now.up()));
    all.metricSnapshot(
        Family.gauge(
            "ledger_waiting_calls",
            "Finished calls that are not in the ledger's database yet.",
            now.waitingCalls()));
    all.metricSnapshot(
        Family.histogram(
                "ledger_commit_seconds",
                "Time of the commits to the ledger's database, each of many calls.")
            .dataPoint(Family.times(now.commits(), now.commits().counts(), Labels.EMPTY))
            .build());
  }

  private static void health(String now, MetricSnapshots.Builder all) {
    GaugeSnapshot.Builder family =
        Family.gauge("health", "What /health says: 1 for the state that it is in.");
    for (String state : Readings.HEALTH_STATES) {
      family.dataPoint(Family.value(state.equals(now) ? 1L : 0L, Labels.of("state", state)));
    }
    all.metricSnapshot(family.build());
  }

  private static void memory(Readings.Memory now, MetricSnapshots.Builder all) {
    all.metricSnapshot(
        Family.gauge("body_memory_bytes", "Memory of request bodies.", now.bodies()));
    all.metricSnapshot(
        Family.gauge(
            "body_memory_limit_bytes", "The most that request bodies may take.", now.bodyLimit()));
    all.metricSnapshot(
        Family.gauge(
            "buffer_memory_bytes",
            "Memory of the buffers of connections, outside of the heap.",
            now.buffers()));
  }

  private void loops(MetricSnapshots.Builder all) {
    Times lags = lag.times();
    all.metricSnapshot(
        Family.histogram(
                "event_loop_lag_seconds",
                "How late event loops come to a task that is due, asked several times a second.")
            .dataPoint(Family.times(lags, lags.counts(), Labels.EMPTY))
            .build());
    all.metricSnapshot(
        Family.gauge(
            "event_loop_stalled_seconds",
            "The longest that any event loop is late at this moment.",
            lag.stalledNanos() / NANOS));
  }

  private MetricSnapshot build() {
    return InfoSnapshot.builder()
        .name("tallygate_build")
        .help("What is running.")
        .dataPoint(
            InfoDataPointSnapshot.builder()
                .labels(Labels.of("java", Runtime.version().toString(), "version", version))
                .build())
        .build();
  }
}
