package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.proxy.RelayTimeouts;
import dev.tallygate.proxy.UpstreamTarget;
import dev.tallygate.proxy.Worker;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.testkit.PlainUpstream;
import dev.tallygate.usage.FakeLedger;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state machine of a connection, message by message, without sockets. */
class ClientConnectionTest {
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration BODY = Duration.ofSeconds(200);

  private static final UpstreamTarget UNCONFIGURED =
      new UpstreamTarget(ApiFormat.OPENAI, "localhost", 1, null, "localhost", "", null);

  private final FakeTicker ticker = new FakeTicker();
  private final Queue<Runnable> loads = new ArrayDeque<>();
  private final BodyBudget bodies = new BodyBudget(1 << 20);
  private final Connections connections = new Connections(10, 0);
  private final HeldBack network = new HeldBack();
  private final RequestDecoder decoder = new RequestDecoder();
  private final EmbeddedChannel channel = new EmbeddedChannel(network, decoder);
  private boolean broken;

  ClientConnectionTest() {
    channel.freezeTime();
    channel.pipeline().addLast(connection());
  }

  /** A client that reads nothing while {@code stalled}. */
  private static final class HeldBack extends ChannelOutboundHandlerAdapter {
    private boolean stalled;

    @Override
    public void flush(ChannelHandlerContext ctx) {
      if (!stalled) {
        ctx.flush();
      }
    }
  }

  private static final class OneKey implements KeyStore {
    private final ApiKey key = ApiKeys.key("pk_user_12345");

    @Override
    public Lookup find(KeyDigest digest) {
      return new Lookup(digest.equals(key.digest()) ? key : null, 1);
    }

    @Override
    public Snapshot snapshot() {
      return new Snapshot(List.of(key), 1);
    }

    @Override
    public void onChange(ChangeListener listener) {}
  }

  private ClientConnection connection() {
    QuotaEnforcer quota =
        new QuotaEnforcer(ticker, (since, sink) -> {}, new ModelLimits(1000, 1000, 1000), id -> {});
    KeyCache cache = new KeyCache(CacheSettings.DEFAULTS, ticker);
    Endpoints endpoints =
        new Endpoints(
            "0",
            ticker,
            this::health,
            cache::stats,
            quota,
            id -> new KeyTotals(null, 0),
            new RecentUsage(id -> List.of(), Runnable::run, ticker),
            Runnable::run);
    CallHandler calls =
        new CallHandler(
            new Authenticator(cache, new OneKey(), ticker, loads::add),
            new UnknownKeys(0, ticker),
            new ModelStep(() -> "glm-4.7"),
            quota,
            Map.of(ApiFormat.OPENAI, PlainUpstream.of(UNCONFIGURED, ticker)),
            endpoints,
            exchange -> null);
    Worker worker =
        new Worker(
            channel.eventLoop(),
            NioSocketChannel.class,
            ticker,
            new RelayTimeouts(IDLE, IDLE, IDLE),
            bodies,
            new FakeLedger(),
            new LongAdder(),
            exchange -> {});
    ServerSettings settings =
        new ServerSettings(
            new InetSocketAddress(0), List.of(), IDLE, BODY, IDLE, 1 << 20, 10, 0, 0);
    ClientConnection connection =
        new ClientConnection(
            worker, settings, calls, connections, ClientAddress.NONE, decoder, Http1Writer::new);
    assertThat(connections.opened(connection, ClientAddress.NONE)).isNull();
    return connection;
  }

  private Health health() {
    if (broken) {
      throw new IllegalStateException("broken on purpose");
    }
    return Health.OK;
  }

  @AfterEach
  void nothingIsLeft() {
    network.stalled = false;
    channel.finishAndReleaseAll();
    assertThat(connections.exchanges()).isZero();
    assertThat(bodies.used()).isZero();
  }

  @Test
  void body_thatArrivedBeforeALateRefusalIsReadToItsEnd() {
    HttpRequest call = request(HttpMethod.POST, "/v1/chat/completions");
    call.headers().set("authorization", "Bearer pk_unknown_12345").set("content-length", 20_000);
    channel.writeInbound(call);
    for (int i = 0; i < 20; i++) {
      channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[1000])));
    }
    assertThat(channel.config().isAutoRead()).as("reads on before it knows").isFalse();

    load();

    assertThat(nextStatus()).isEqualTo(401);
    assertThat(channel.config().isAutoRead()).as("takes the rest of the body").isTrue();
    channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
    get("/health");
    assertThat(nextStatus()).isEqualTo(200);
  }

  @Test
  void pipelinedRequests_waitWhileTheClientReadsNothing() {
    writable(false);
    for (int i = 0; i < 50; i++) {
      get("/health");
    }
    assertThat(nextStatus()).as("answers piled up").isZero();
    assertThat(channel.config().isAutoRead()).isFalse();

    writable(true);
    for (int i = 0; i < 50; i++) {
      assertThat(nextStatus()).isEqualTo(200);
    }
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void bytesOfThousandsOfRequests_stayBytesWhileTheClientReadsNothing() {
    writable(false);
    ByteBuf requests = channel.alloc().buffer();
    for (int i = 0; i < 2_000; i++) {
      requests.writeCharSequence(
          "GET /nowhere-" + i + " HTTP/1.1\r\nHost: x\r\n\r\n", StandardCharsets.US_ASCII);
    }
    channel.writeInbound(requests);
    assertThat(requests.refCnt()).as("held by the decoder").isEqualTo(1);
    assertThat(requests.readableBytes()).as("bytes not taken apart").isGreaterThan(50_000);
    channel.writeInbound(Unpooled.copiedBuffer("GET /health HT", StandardCharsets.US_ASCII));
    assertThat(channel.config().isAutoRead()).isFalse();

    writable(true);
    for (int i = 0; i < 2_000; i++) {
      channel.runPendingTasks();
      assertThat(nextStatus()).isEqualTo(404);
    }
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.writeInbound(
        Unpooled.copiedBuffer("TP/1.1\r\nHost: x\r\n\r\n", StandardCharsets.US_ASCII));
    assertThat(nextStatus()).isEqualTo(200);
  }

  @Test
  void drain_waitsForAnAnswerThatIsStillBeingRead() {
    network.stalled = true;
    get("/health");
    connections.drain();
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isTrue();

    network.stalled = false;
    channel.flush();
    channel.runPendingTasks();
    assertThat(nextStatus()).isEqualTo(200);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void lastAnswer_isNotWaitedForForEver() {
    network.stalled = true;
    HttpRequest last = request(HttpMethod.POST, "/v1/chat/completions");
    last.headers().set("x-api-key", "pk_user_12345").set("connection", "close");
    channel.writeInbound(last, LastHttpContent.EMPTY_LAST_CONTENT);
    load();
    assertThat(connections.exchanges()).as("answered").isZero();
    assertThat(channel.isOpen()).isTrue();
    pass(IDLE.plusSeconds(1));
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void bodyThatTricklesIn_isGivenUp() {
    HttpRequest call = request(HttpMethod.POST, "/v1/chat/completions");
    call.headers().set("x-api-key", "pk_user_12345").set("content-length", 1000);
    channel.writeInbound(call);
    load();
    for (int i = 0; i < 4; i++) {
      channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[1])));
      pass(Duration.ofSeconds(45));
      assertThat(nextStatus()).as("within the time for all of it").isZero();
    }
    channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[1])));
    pass(Duration.ofSeconds(21));
    assertThat(nextStatus()).isEqualTo(408);
    assertThat(bodies.used()).isZero();
  }

  @Test
  void failure_whileAWaitingRequestIsTakenUpIsAnswered() {
    HttpRequest call = request(HttpMethod.GET, "/stats");
    call.headers().set("x-api-key", "pk_unknown_12345");
    channel.writeInbound(call, LastHttpContent.EMPTY_LAST_CONTENT);
    get("/health");
    broken = true;
    load();
    assertThat(nextStatus()).isEqualTo(401);
    assertThat(nextStatus()).isEqualTo(500);
  }

  private void load() {
    loads.remove().run();
    channel.runPendingTasks();
  }

  private void get(String path) {
    channel.writeInbound(request(HttpMethod.GET, path), LastHttpContent.EMPTY_LAST_CONTENT);
  }

  private static HttpRequest request(HttpMethod method, String path) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, path);
    request.headers().set("host", "gateway");
    return request;
  }

  private void writable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  private void pass(Duration time) {
    ticker.advance(time);
    channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  /** The status of the next answer, or 0; what closes or flushes without an answer is skipped. */
  private int nextStatus() {
    ByteBuf written = channel.readOutbound();
    while (written != null) {
      String text = written.toString(StandardCharsets.US_ASCII);
      written.release();
      if (text.startsWith("HTTP/1.1 ")) {
        return Integer.parseInt(text.substring(9, 12));
      }
      written = channel.readOutbound();
    }
    return 0;
  }
}
