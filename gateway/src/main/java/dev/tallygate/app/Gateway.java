package dev.tallygate.app;

import dev.tallygate.admin.ManagementServer;
import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.config.Config;
import dev.tallygate.metrics.MetricsReport;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.UpstreamTls;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.server.Endpoints;
import dev.tallygate.server.Health;
import dev.tallygate.server.HttpServer;
import dev.tallygate.server.KeyTotals;
import dev.tallygate.server.ModelUsage;
import dev.tallygate.server.RecentUsage;
import dev.tallygate.server.ServerParts;
import dev.tallygate.server.ServerTls;
import dev.tallygate.server.Transport;
import dev.tallygate.store.ChangedKeys;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.UsageMirror;
import dev.tallygate.store.ledger.Account;
import dev.tallygate.store.ledger.LedgerReader;
import dev.tallygate.store.ledger.SqliteLedger;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReports;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The gateway, wired: the only place where the parts meet. Closing stops them in reverse order. */
public final class Gateway implements AutoCloseable {
  private static final Duration ADMIN_PATIENCE = Duration.ofSeconds(10);

  private final HttpServer server;
  private final @Nullable ManagementServer management;
  private final @Nullable MetricsReport metrics;
  private final QuotaEnforcer quota;
  private final BodyBudget bodies;
  private final List<Reloadable> reloadables;
  private final Deque<Runnable> closers;

  private Gateway(
      HttpServer server,
      @Nullable ManagementServer management,
      @Nullable MetricsReport metrics,
      QuotaEnforcer quota,
      BodyBudget bodies,
      List<Reloadable> reloadables,
      Deque<Runnable> closers) {
    this.server = server;
    this.management = management;
    this.metrics = metrics;
    this.quota = quota;
    this.bodies = bodies;
    this.reloadables = reloadables;
    this.closers = closers;
  }

  /**
   * Starts a gateway; it listens when this returns. What was started is stopped again when a later
   * part fails.
   *
   * @throws IOException when the address cannot be bound, the CA file cannot be read, another
   *     gateway uses the data folder, or the ledger in it cannot be used; the message is for the
   *     operator
   */
  public static Gateway create(Config config, Ticker ticker) throws IOException {
    return create(config, ticker, UnaryOperator.identity());
  }

  /**
   * The same, for who wants to know what watching the calls costs.
   *
   * @param watching gets what is told of every exchange that has ended, and gives what is told
   *     instead
   */
  static Gateway create(Config config, Ticker ticker, UnaryOperator<Consumer<Exchange>> watching)
      throws IOException {
    Deque<Runnable> closers = new ArrayDeque<>();
    try {
      return start(config, ticker, watching, closers);
    } catch (IOException | RuntimeException e) {
      closers.forEach(Runnable::run);
      if (e instanceof UncheckedIOException io) {
        throw io.getCause();
      }
      throw e;
    }
  }

  private static Gateway start(
      Config config,
      Ticker ticker,
      UnaryOperator<Consumer<Exchange>> watching,
      Deque<Runnable> closers)
      throws IOException {
    // Some 150 certificates are read beside the opening of the ledger.
    FutureTask<SslContext> tls =
        new FutureTask<>(() -> UpstreamTls.context(config.upstreams().caFile()));
    Thread.ofPlatform().name("tls-context").daemon().start(tls);
    Path dataFile = config.keys().dataFile();
    SqliteLedger ledger = SqliteLedger.open(folderOf(dataFile), config.keys().usageSync(), ticker);
    closers.push(ledger::close);
    ChangedKeys changed = new ChangedKeys();
    QuotaEnforcer quota =
        new QuotaEnforcer(ticker, ledger, Slices.modelLimits(config.models()), changed::add);
    LedgerUsage usages = new LedgerUsage(ledger, quota, changed);
    FileKeyStore store = FileKeyStore.ofTheOnlyGateway(dataFile, ticker, usages);
    closers.push(store::close);
    UsageMirror mirror = new UsageMirror(store, usages, changed, ticker);
    closers.push(mirror::close);
    // Calls that are cut when the server closes are on record before the mirror's last write.
    closers.push(ledger::flush);
    ExecutorService loaders =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("key-load-", 0).factory());
    closers.push(loaders::close);

    LedgerReader reader = new LedgerReader(folderOf(dataFile));
    // A thread each: holders and administrators do not wait for each other's reports.
    QueuedReports holderReports = new QueuedReports("holder-report", reader, RecentUsage.PATIENCE);
    QueuedReports adminReports = new QueuedReports("admin-report", reader, ADMIN_PATIENCE);
    ExecutorService blocking =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("holder-", 0).factory());
    closers.push(blocking::close);
    closers.push(holderReports::close);
    closers.push(adminReports::close);

    KeyCache cache = new KeyCache(Slices.cache(config.cache()), ticker);
    Authenticator authenticator = new Authenticator(cache, store, ticker, loaders);
    if (config.cache().warmUpOnStart()) {
      authenticator.warmUp();
    }
    BodyBudget bodies = new BodyBudget(config.limits().maxBodyMemoryBytes());
    LongAdder reservedTokens = new LongAdder();
    ReservationAudit audit = new ReservationAudit(quota::reservedTokens, reservedTokens::sum);
    closers.push(audit::close);
    Upstreams upstreams = Upstreams.of(config, resultOf(tls), ticker);
    Supplier<Health> health = new GatewayHealth(store, ledger, audit, upstreams);
    Endpoints endpoints =
        new Endpoints(
            Version.number(),
            ticker,
            health,
            authenticator::stats,
            quota,
            keyId -> totals(ledger.account(keyId)),
            new RecentUsage(keyId -> lastDay(holderReports, keyId, ticker), blocking, ticker),
            blocking);
    ServerTls serverTls = serverTls(config.listen().tls());
    if (serverTls != null) {
      closers.push(serverTls::close);
    }
    Config.Deadlines deadlines = config.deadlines();
    Observation observation = Observation.start(config, ticker);
    closers.push(observation::close);
    List<Consumer<Exchange>> finished = observation.listeners();
    Administration administration = new Administration(ticker);
    finished.addAll(administration.listeners(config.management()));
    AtomicReference<String> defaultModel = new AtomicReference<>(config.keys().defaultModel());
    ServerParts parts =
        new ServerParts(
            ticker,
            authenticator,
            quota,
            ledger,
            upstreams.byFormat(),
            Slices.relayTimeouts(deadlines),
            bodies,
            reservedTokens,
            endpoints,
            defaultModel::get,
            observation.tracer(),
            serverTls,
            watching.apply(told(finished)));
    HttpServer server = HttpServer.start(Slices.server(config), parts);
    Runnable closeServer = () -> server.close(deadlines.shutdownGrace());
    closers.push(closeServer);
    GatewayReadings readings =
        new GatewayReadings(
            server, upstreams, quota, authenticator, store, ledger, audit, bodies, health);
    MetricsReport metrics = observation.report(readings, ticker);
    ManagementServer management =
        Administration.serve(
            config.management(),
            endpoints,
            metrics,
            administration.parts(
                store, cache, quota, ledger, adminReports, endpoints, server, health));
    if (management != null) {
      // It is there for as long as calls are: below the server in the order of closing.
      closers.pop();
      closers.push(management::close);
      closers.push(closeServer);
    }
    List<Reloadable> reloadables =
        List.of(
            fresh -> store.readAgain(),
            fresh -> reload(serverTls),
            upstreams,
            fresh -> quota.models(Slices.modelLimits(fresh.models())),
            fresh -> defaultModel.set(fresh.keys().defaultModel()),
            observation);
    return new Gateway(server, management, metrics, quota, bodies, reloadables, closers);
  }

  /** The parts that take over what has changed of the configuration. */
  List<Reloadable> reloadables() {
    return reloadables;
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** The port of metrics, admin API and dashboard; empty when there is none. */
  public OptionalInt managementPort() {
    return management == null ? OptionalInt.empty() : OptionalInt.of(management.port());
  }

  /** The transport in use. */
  public Transport transport() {
    return server.transport();
  }

  /** Exchanges that are running; 0 when nobody is being served. */
  public int openExchanges() {
    return server.openExchanges();
  }

  /** What is measured, or null where nothing is. */
  public @Nullable MetricsReport metrics() {
    return metrics;
  }

  /** Reservations that have not ended; 0 when nobody is being served. */
  public long openReservations() {
    return quota.openReservations();
  }

  /** Bytes of request bodies in memory; 0 when nobody is being served. */
  public long bodyBytes() {
    return bodies.used();
  }

  /**
   * Accepts nothing new, lets running calls end within the grace period, then writes what is to be
   * written. Again is harmless. Blocks.
   */
  @Override
  public synchronized void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }

  private static @Nullable ServerTls serverTls(Config.@Nullable Tls files) throws IOException {
    return files == null ? null : ServerTls.start(files.certificate(), files.key());
  }

  private static void reload(@Nullable ServerTls tls) {
    if (tls != null) {
      tls.reload();
    }
  }

  private static KeyTotals totals(Account account) {
    return new KeyTotals(account.lastUsed(), account.tokens());
  }

  private static List<ModelUsage> lastDay(UsageReports reports, String keyId, Ticker ticker)
      throws IOException {
    Instant since = ticker.now().minus(Duration.ofDays(1));
    return reports.read(keyId, since, UsageGrouping.MODEL).rows().stream()
        .map(row -> new ModelUsage(row.group(), row.requests(), row.input(), row.output()))
        .toList();
  }

  /** As DATA_FILE names it: where a link leads may change with every edition of the file. */
  private static Path folderOf(Path dataFile) {
    return Objects.requireNonNull(dataFile.toAbsolutePath().getParent());
  }

  private static SslContext resultOf(FutureTask<SslContext> tls) throws IOException {
    try {
      return tls.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("the TLS context cannot be made", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while starting");
    }
  }

  /** Tells every one of them of an exchange that has ended. */
  private static Consumer<Exchange> told(List<Consumer<Exchange>> listeners) {
    return listeners.stream().reduce(exchange -> {}, Consumer::andThen);
  }
}
