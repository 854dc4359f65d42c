package dev.tallygate.server;

import dev.tallygate.proxy.Worker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening socket, the event loops and the connections on them. */
public final class HttpServer {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int BACKLOG = 4096;
  private static final Duration CUT_PATIENCE = Duration.ofSeconds(2);

  private final Connections connections;
  private final Collection<Worker> workers;
  private final Transport.Loops loops;
  private final Channel listener;

  private HttpServer(
      Connections connections,
      Collection<Worker> workers,
      Transport.Loops loops,
      Channel listener) {
    this.connections = connections;
    this.workers = workers;
    this.loops = loops;
    this.listener = listener;
  }

  /**
   * Binds and accepts connections, one event loop per available processor.
   *
   * @throws IOException when the address cannot be bound, or no transport works
   */
  public static HttpServer start(ServerSettings settings, ServerParts parts) throws IOException {
    Transport.Loops loops =
        Transport.start(settings.transports(), Runtime.getRuntime().availableProcessors());
    try {
      Connections connections =
          new Connections(settings.maxConnections(), settings.maxConnectionsPerAddress());
      CallHandler calls =
          new CallHandler(
              parts.authenticator(),
              new UnknownKeys(settings.unknownKeysPerMinute(), parts.ticker()),
              new ModelStep(parts.defaultModel()),
              parts.quota(),
              parts.upstreams(),
              parts.endpoints(),
              parts.tracer());
      IdentityHashMap<EventExecutor, Worker> workers = workers(loops, parts);
      ConnectionInitializer initializer =
          new ConnectionInitializer(settings, calls, connections, workers, parts.tls());
      Channel listener =
          bind(settings.address(), loops, new AcceptFailures(parts.ticker()), initializer);
      LOG.info("listening on {} over {}", listener.localAddress(), loops.transport());
      return new HttpServer(connections, workers.values(), loops, listener);
    } catch (IOException | RuntimeException e) {
      shutDown(loops);
      throw e;
    }
  }

  private static IdentityHashMap<EventExecutor, Worker> workers(
      Transport.Loops loops, ServerParts parts) {
    IdentityHashMap<EventExecutor, Worker> workers = new IdentityHashMap<>();
    for (EventExecutor loop : loops.group()) {
      workers.put(
          loop,
          new Worker(
              (EventLoop) loop,
              loops.transport().channel(),
              parts.ticker(),
              parts.timeouts(),
              parts.bodies(),
              parts.ledger(),
              parts.reservedTokens(),
              parts.finished()));
    }
    return workers;
  }

  private static Channel bind(
      InetSocketAddress address,
      Transport.Loops loops,
      AcceptFailures failures,
      ConnectionInitializer initializer)
      throws IOException {
    if (address.isUnresolved()) {
      throw new IOException("cannot listen on " + address.getHostString() + ": no such name");
    }
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.transport().serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .handler(failures)
            .childHandler(initializer)
            .bind(address)
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new IOException(
          "cannot listen on " + address + ": " + binding.cause().getMessage(), binding.cause());
    }
    return binding.channel();
  }

  /** The port that is listened on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** The transport in use. */
  public Transport transport() {
    return loops.transport();
  }

  /** The exchanges that are running, on all loops. */
  public int openExchanges() {
    return connections.exchanges();
  }

  /** What it is busy with now. */
  public ServerLoad load() {
    int streams = 0;
    int upstreams = 0;
    int idle = 0;
    for (Worker worker : workers) {
      streams += worker.openStreams();
      upstreams += worker.upstreamConnections();
      idle += worker.idleUpstreamConnections();
    }
    return new ServerLoad(
        openExchanges(),
        streams,
        connections.open(),
        connections.refused(),
        connections.refusedOfAddress(),
        connections.malformedRequests(),
        upstreams,
        idle);
  }

  /** Its event loops. */
  public List<EventLoop> eventLoops() {
    return workers.stream().map(Worker::loop).toList();
  }

  /**
   * Accepts nothing new, lets running exchanges end within {@code grace}, cuts those that do not,
   * and stops the event loops. Blocks; never call it on one of them.
   */
  public void close(Duration grace) {
    listener.close().awaitUninterruptibly();
    connections.drain();
    if (!awaitAllClosed(grace)) {
      LOG.warn("{} calls cut at the end of the grace period", connections.exchanges());
      connections.cut();
      // One with TLS closes behind its last record, and until then its call runs and is not
      // charged.
      awaitAllClosed(CUT_PATIENCE);
    }
    shutDown(loops);
  }

  private boolean awaitAllClosed(Duration atMost) {
    try {
      return connections.awaitAllClosed(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void shutDown(Transport.Loops loops) {
    loops.group().shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
