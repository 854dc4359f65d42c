package dev.tallygate.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management port: a listening socket with one event loop of its own, so that neither a slow
 * report nor a curious dashboard is on the loops that relay calls.
 */
public final class ManagementServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementServer.class);
  private static final int BACKLOG = 128;

  /** What is being answered may take as long when the server closes. */
  private static final long CLOSING_SECONDS = 5;

  private final MultiThreadIoEventLoopGroup loop;
  private final ExecutorService workers;
  private final Channel listener;

  private ManagementServer(
      MultiThreadIoEventLoopGroup loop, ExecutorService workers, Channel listener) {
    this.loop = loop;
    this.workers = workers;
    this.listener = listener;
  }

  /**
   * Binds and accepts connections.
   *
   * @throws IOException when the address cannot be bound; the message is for the operator
   */
  public static ManagementServer start(ManagementSettings settings, ManagementParts parts)
      throws IOException {
    InetSocketAddress address = settings.address();
    if (address.isUnresolved()) {
      throw new IOException(
          "cannot listen on " + address.getHostString() + ": no such name (MANAGEMENT_HOST)");
    }
    Dispatcher dispatcher = dispatcher(settings, parts);
    ExecutorService workers =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("management-", 0).factory());
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("management"), NioIoHandler.newFactory());
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new ManagementInitializer(dispatcher, workers))
            .bind(address)
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      stop(loop);
      throw new IOException(
          "cannot listen on "
              + address
              + ": "
              + binding.cause().getMessage()
              + " (MANAGEMENT_PORT; 0 takes a free one, off opens none)",
          binding.cause());
    }
    LOG.debug("management port on {}", binding.channel().localAddress());
    return new ManagementServer(loop, workers, binding.channel());
  }

  private static Dispatcher dispatcher(ManagementSettings settings, ManagementParts parts) {
    AuditLog audit = new AuditLog();
    Sessions sessions = new Sessions(parts.admin().ticker());
    List<Route> routes = new ArrayList<>(new OpenPages(parts.health(), parts.metrics()).routes());
    if (settings.adminToken() != null) {
      routes.addAll(new Dashboard().routes());
      routes.addAll(parts.admin().routes(sessions, audit));
    }
    return new Dispatcher(
        new Routes(routes),
        new HostCheck(settings.address()),
        new Gatekeeper(settings.adminToken(), sessions, parts.admin().ticker(), audit));
  }

  /** The port that is listened on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Accepts nothing new, lets what is being answered end within seconds, and stops. Blocks. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stop(loop);
  }

  private static void stop(MultiThreadIoEventLoopGroup loop) {
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
