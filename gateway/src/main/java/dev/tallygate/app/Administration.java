package dev.tallygate.app;

import dev.tallygate.admin.Activity;
import dev.tallygate.admin.AdminParts;
import dev.tallygate.admin.GatewayStatus;
import dev.tallygate.admin.LifetimeUsage;
import dev.tallygate.admin.RecentRefusals;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.config.Config;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.server.Endpoints;
import dev.tallygate.server.Health;
import dev.tallygate.server.HttpServer;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.KeyFileEditor;
import dev.tallygate.store.ledger.Account;
import dev.tallygate.store.ledger.SqliteLedger;
import dev.tallygate.usage.UsageReports;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Hands the parts of a gateway to its admin API. */
final class Administration {
  private final Ticker ticker;
  private final Instant startedAt;
  private final Activity activity;
  private final RecentRefusals refusals;

  Administration(Ticker ticker) {
    this.ticker = ticker;
    this.startedAt = ticker.now();
    this.activity = new Activity(ticker);
    this.refusals = new RecentRefusals(ticker);
  }

  /** Who has to be told of exchanges that have ended; nobody where nobody could ask. */
  List<Consumer<Exchange>> listeners(Config.Management config) {
    return config.port().isPresent() && config.adminToken() != null
        ? List.of(activity::finished, refusals::finished)
        : List.of();
  }

  AdminParts parts(
      FileKeyStore store,
      KeyCache cache,
      QuotaEnforcer quota,
      SqliteLedger ledger,
      UsageReports reports,
      Endpoints endpoints,
      HttpServer server,
      Supplier<Health> health) {
    return new AdminParts(
        ticker,
        new KeyFileEditor(store, ticker),
        quota,
        keyId -> lifetime(ledger.account(keyId)),
        cache,
        endpoints::cacheStats,
        reports,
        () -> status(health.get(), store, quota, ledger, server),
        activity,
        refusals);
  }

  private static LifetimeUsage lifetime(Account account) {
    return new LifetimeUsage(account.tokens(), account.lastUsed());
  }

  private GatewayStatus status(
      Health health,
      FileKeyStore store,
      QuotaEnforcer quota,
      SqliteLedger ledger,
      HttpServer server) {
    return new GatewayStatus(
        health.state().name().toLowerCase(Locale.ROOT),
        health.reasons(),
        Version.number(),
        server.transport().name().toLowerCase(Locale.ROOT),
        startedAt,
        server.openExchanges(),
        quota.openReservations(),
        quota.reservedTokens(),
        store.problems().stream()
            .map(entry ->
                new GatewayStatus.RefusedEntry(entry.position(), entry.label(), entry.reason()))
            .toList(),
        ledger.troubleDetail());
  }
}
