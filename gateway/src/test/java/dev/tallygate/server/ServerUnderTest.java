package dev.tallygate.server;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.RelayTimeouts;
import dev.tallygate.proxy.Upstream;
import dev.tallygate.proxy.UpstreamTarget;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.PlainUpstream;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.usage.FakeLedger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** The HTTP edge in front of a fake upstream, two keys, the ledger and the clock the test's. */
final class ServerUnderTest implements AutoCloseable {
  static final String X_API_KEY = "x-api-key: pk_user_12345";

  private static final Duration LONG = Duration.ofSeconds(30);

  final FakeUpstream upstream = FakeUpstream.start();
  final FakeLedger ledger = new FakeLedger();
  final Queue<Exchange> finished = new ConcurrentLinkedQueue<>();
  final LongAdder reservedTokens = new LongAdder();
  final QuotaEnforcer quota;
  private final HttpServer server;

  /** The second's limit is strict, and below what a call without a maximum may cost. */
  private static final class TwoKeys implements KeyStore {
    private static final Instant LATER = Instant.parse("2099-01-01T00:00:00Z");

    private final List<ApiKey> keys =
        List.of(
            ApiKeys.with("pk_user_12345").expiresAt(LATER).make(),
            ApiKeys.with("pk_strict_12345").tokenLimit(1_000).strict().expiresAt(LATER).make());

    @Override
    public Lookup find(KeyDigest digest) {
      return new Lookup(
          keys.stream().filter(key -> key.digest().equals(digest)).findAny().orElse(null), 1);
    }

    @Override
    public Snapshot snapshot() {
      return new Snapshot(keys, 1);
    }

    @Override
    public void onChange(ChangeListener listener) {}
  }

  /**
   * @param upstreamIdle how long an upstream, or a reader, may say nothing within an answer
   */
  ServerUnderTest(Ticker ticker, Duration upstreamIdle) throws IOException {
    ModelLimits models = new ModelLimits(1000, 1000, 1000);
    quota = new QuotaEnforcer(ticker, (since, sink) -> {}, models, id -> {});
    KeyCache cache = new KeyCache(CacheSettings.DEFAULTS, ticker);
    server =
        HttpServer.start(
            new ServerSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Transport.byPreference(),
                LONG,
                LONG,
                LONG,
                1 << 20,
                10,
                0,
                0),
            new ServerParts(
                ticker,
                new Authenticator(cache, new TwoKeys(), ticker, Runnable::run),
                quota,
                ledger,
                Map.of(
                    ApiFormat.OPENAI, upstream(ApiFormat.OPENAI, ticker),
                    ApiFormat.ANTHROPIC, upstream(ApiFormat.ANTHROPIC, ticker)),
                new RelayTimeouts(LONG, LONG, upstreamIdle),
                new BodyBudget(1 << 20),
                reservedTokens,
                new Endpoints(
                    "0",
                    ticker,
                    () -> Health.OK,
                    cache::stats,
                    quota,
                    id -> new KeyTotals(null, 0),
                    new RecentUsage(id -> List.of(), Runnable::run, ticker),
                    Runnable::run),
                () -> "glm-4.7",
                exchange -> null,
                null,
                finished::add));
  }

  private Upstream upstream(ApiFormat format, Ticker ticker) {
    return PlainUpstream.of(
        new UpstreamTarget(
            format, "127.0.0.1", upstream.port(), null, "127.0.0.1", "", new Secret("master")),
        ticker);
  }

  /** Connects a client for which the kernel buffers little. */
  RawClient connect() throws IOException {
    return RawClient.connect(URI.create("http://127.0.0.1:" + server.port()), 4096);
  }

  int openExchanges() {
    return server.openExchanges();
  }

  @Override
  public void close() throws IOException {
    try (upstream) {
      server.close(Duration.ZERO);
    }
  }
}
