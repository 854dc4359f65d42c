package dev.tallygate.app;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.metrics.Readings;
import dev.tallygate.model.ApiKey;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.server.Health;
import dev.tallygate.server.HttpServer;
import dev.tallygate.server.ServerLoad;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.StoreHealth;
import dev.tallygate.store.ledger.LedgerStats;
import dev.tallygate.store.ledger.SqliteLedger;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Reads the state of the gateway's parts for the metrics. */
record GatewayReadings(
    HttpServer server,
    Upstreams upstreams,
    QuotaEnforcer quota,
    Authenticator authenticator,
    FileKeyStore store,
    SqliteLedger ledger,
    ReservationAudit audit,
    BodyBudget bodies,
    Supplier<Health> health)
    implements Supplier<Readings> {

  @Override
  public Readings get() {
    return new Readings(
        load(server.load(), upstreams.waitingCalls()),
        upstreams.readings(),
        new Readings.Reserved(quota.openReservations(), quota.reservedTokens(), audit.difference()),
        authenticator.stats(),
        keyStore(),
        ledger(ledger.stats()),
        health.get().state().name().toLowerCase(Locale.ROOT),
        new Readings.Memory(bodies.used(), bodies.limit(), bufferBytes()));
  }

  /** All keys that are defined; none when the store can say nothing. */
  Collection<ApiKey> keys() {
    try {
      return store.snapshot().keys();
    } catch (StoreUnavailableException e) {
      return List.of();
    }
  }

  private static Readings.Load load(ServerLoad now, int waitingCalls) {
    return new Readings.Load(
        now.exchanges(),
        now.streams(),
        now.clientConnections(),
        now.refusedConnections(),
        now.refusedConnectionsOfAddress(),
        now.malformedRequests(),
        Math.max(0, now.upstreamConnections() - now.idleUpstreamConnections()),
        now.idleUpstreamConnections(),
        waitingCalls);
  }

  private Readings.Keys keyStore() {
    StoreHealth now = store.health();
    return new Readings.Keys(
        !(now instanceof StoreHealth.NotReady),
        now instanceof StoreHealth.Ready,
        keys().size(),
        store.problems().size());
  }

  private Readings.Ledger ledger(LedgerStats now) {
    return new Readings.Ledger(ledger.trouble() == null, now.waitingCalls(), now.commits());
  }

  private static long bufferBytes() {
    return ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider buffers
        ? buffers.metric().usedDirectMemory()
        : 0;
  }
}
