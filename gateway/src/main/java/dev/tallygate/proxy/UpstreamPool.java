package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The upstream connections of one event loop. A call takes the connection that was used last, so
 * that surplus ones grow old and close. Confined to the loop: no lock, no hop to another thread.
 */
final class UpstreamPool {
  private static final int MAX_IDLE = 1024;
  // Below the keep-alive time of common servers (nginx: 75 s), so that few connections are met
  // stale.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(50);
  private static final int MAX_HEADER_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;

  private final Bootstrap bootstrap;
  private final Deadlines deadlines;
  private final long connectMillis;
  private final Map<ApiFormat, Deque<UpstreamConnection>> idle = new EnumMap<>(ApiFormat.class);
  private final LoopGauge openCount = new LoopGauge();
  private final LoopGauge idleCount = new LoopGauge();

  UpstreamPool(
      EventLoop loop,
      Class<? extends SocketChannel> channelType,
      OffLoopResolver resolver,
      Deadlines deadlines,
      Duration connectTimeout) {
    this.deadlines = deadlines;
    this.connectMillis = connectTimeout.toMillis();
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .resolver(resolver)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectMillis);
    for (ApiFormat format : ApiFormat.values()) {
      idle.put(format, new ArrayDeque<>());
    }
  }

  /** Connections that are open; from any thread. */
  int open() {
    return openCount.get();
  }

  /** Those of them that wait for a call; from any thread. */
  int idle() {
    return idleCount.get();
  }

  /** Hands the call an idle connection at once, or a new one later. */
  void acquire(UpstreamTarget target, UpstreamCall call) {
    Deque<UpstreamConnection> stack = stack(target);
    for (UpstreamConnection last = stack.pollFirst(); last != null; last = stack.pollFirst()) {
      idleCount.add(-1);
      deadlines.remove(last.idleLife());
      if (last.isOpen()) {
        last.assign(call);
        call.connected(last);
        return;
      }
    }
    connect(target, call);
  }

  /** Hands the call a new connection, later. */
  void connect(UpstreamTarget target, UpstreamCall call) {
    bootstrap
        .clone()
        .handler(new Initializer(target))
        .connect(target.host(), target.port())
        .addListener((ChannelFuture connecting) -> {
          if (!connecting.isSuccess()) {
            call.notConnected(connecting.cause());
            return;
          }
          Channel channel = connecting.channel();
          SslHandler tls = channel.pipeline().get(SslHandler.class);
          if (tls == null) {
            ready(channel, target, call, null);
          } else {
            tls.handshakeFuture()
                .addListener(shaken -> ready(channel, target, call, shaken.cause()));
          }
        });
  }

  /** Takes a connection back after an answer that leaves it usable. */
  void release(UpstreamConnection connection) {
    Deque<UpstreamConnection> stack = stack(connection.target());
    stack.addFirst(connection);
    idleCount.add(1);
    deadlines.add(connection.idleLife());
    deadlines.set(connection.idleLife(), IDLE_NANOS);
    if (stack.size() > MAX_IDLE) {
      idleCount.add(-1);
      stack.removeLast().abandon();
    }
  }

  /** Drops a connection that has closed. */
  void forget(UpstreamConnection connection) {
    deadlines.remove(connection.idleLife());
    Deque<UpstreamConnection> stack = stack(connection.target());
    if (!stack.isEmpty() && stack.remove(connection)) {
      idleCount.add(-1);
    }
  }

  private void ready(
      Channel channel, UpstreamTarget target, UpstreamCall call, @Nullable Throwable failure) {
    if (failure != null) {
      channel.close();
      call.notConnected(failure);
      return;
    }
    AnswerDecoder decoder = decoder();
    UpstreamConnection connection = new UpstreamConnection(this, target, channel, decoder);
    ReadWatch watch = new ReadWatch(connection::bytesArrived);
    channel.pipeline().replace(SilentFailures.class, "watch", watch);
    channel.pipeline().addLast(decoder);
    channel.pipeline().addLast(connection);
    openCount.add(1);
    channel.closeFuture().addListener(closed -> openCount.add(-1));
    connection.assign(call);
    call.connected(connection);
  }

  private static AnswerDecoder decoder() {
    return new AnswerDecoder(
        new HttpDecoderConfig()
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES));
  }

  private Deque<UpstreamConnection> stack(UpstreamTarget target) {
    Deque<UpstreamConnection> stack = idle.get(target.format());
    if (stack == null) {
      throw new IllegalStateException("no pool for " + target.format());
    }
    return stack;
  }

  /**
   * Puts TLS in place; the rest of the pipeline follows when the connection is ready for a call.
   */
  private final class Initializer extends ChannelInitializer<Channel> {
    private final UpstreamTarget target;

    Initializer(UpstreamTarget target) {
      this.target = target;
    }

    @Override
    protected void initChannel(Channel channel) {
      CloseAfterWrite.addTo(channel);
      if (target.tls() != null) {
        SslHandler tls = target.tls().newHandler(channel.alloc(), target.host(), target.port());
        tls.setHandshakeTimeoutMillis(connectMillis);
        channel.pipeline().addLast(tls);
      }
      // Failures surface in the connect or handshake future; until then nobody else listens.
      channel.pipeline().addLast(new SilentFailures());
    }
  }

  /** Keeps an exception during connecting from being reported a second time, by Netty's tail. */
  private static final class SilentFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
