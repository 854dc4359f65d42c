package dev.tallygate.app;

import dev.tallygate.admin.Activity;
import dev.tallygate.admin.AdminParts;
import dev.tallygate.admin.GatewayStatus;
import dev.tallygate.admin.JsonAnswer;
import dev.tallygate.admin.LifetimeUsage;
import dev.tallygate.admin.ManagementParts;
import dev.tallygate.admin.ManagementServer;
import dev.tallygate.admin.ManagementSettings;
import dev.tallygate.admin.MetricsPage;
import dev.tallygate.admin.RecentRefusals;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.config.Config;
import dev.tallygate.metrics.MetricsReport;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Hands the parts of a gateway to its management port. */
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

  /** Serves the management port; null where there is none. */
  static @Nullable ManagementServer serve(
      Config.Management config,
      Endpoints endpoints,
      @Nullable MetricsReport metrics,
      AdminParts admin)
      throws IOException {
    return config.port().isEmpty()
        ? null
        : ManagementServer.start(
            new ManagementSettings(
                new InetSocketAddress(config.host(), config.port().getAsInt()),
                config.adminToken()),
            new ManagementParts(
                () -> {
                  Endpoints.Answer answer = endpoints.health();
                  return new JsonAnswer(answer.status(), answer.body());
                },
                metrics == null ? null : page(metrics),
                admin));
  }

  private static MetricsPage page(MetricsReport metrics) {
    return (accept, acceptEncoding) -> {
      MetricsReport.Rendered page = metrics.render(accept, acceptEncoding);
      return new MetricsPage.Rendered(
          page.contentType(), page.contentEncoding(), ByteBuffer.wrap(page.body()));
    };
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
