package dev.tallygate.benchmarks.scale;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * An upstream whose chat completions are streams that go on until they are told to end: an event
 * soon, then one every {@value #PAUSE_MILLIS} ms. Each event carries the time at which it was
 * written, as {@code System.nanoTime} of this process has it.
 */
final class SlowUpstream implements AutoCloseable {
  static final int PAUSE_MILLIS = 3_000;

  /** Precedes the time within an event, and a comma follows. */
  static final String SENT = "\"sent\":";

  /** What each answer says that it read; what it wrote is the number of its events. */
  private static final int PROMPT_TOKENS = 10;

  private static final int FIRST_MILLIS = 200;
  private static final int BACKLOG = 4_096;
  private static final int MAX_REQUEST_BYTES = 65_536;

  private final Channel listener;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder streams = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private volatile boolean ending;

  /**
   * @param loops an epoll loop or more, closed by the caller
   */
  SlowUpstream(EventLoopGroup loops) throws InterruptedException {
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(MAX_REQUEST_BYTES),
                            new Answers());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
  }

  URI base() {
    return URI.create(
        "http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
  }

  /** Streams that have begun and not ended. */
  int open() {
    return open.get();
  }

  /** Streams that ended as they should. */
  long streams() {
    return streams.sum();
  }

  /** Their tokens. */
  long tokens() {
    return tokens.sum();
  }

  /** While set, a stream ends with what would have been its next event; its first comes at once. */
  void setEnding(boolean ending) {
    this.ending = ending;
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
  }

  /** Answers the requests of one connection. */
  private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    private int events;
    private boolean answering;

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      events = 0;
      answering = true;
      open.incrementAndGet();
      HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      head.headers()
          .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
          .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      context.writeAndFlush(head, context.voidPromise());
      next(context, ending ? 0 : FIRST_MILLIS);
    }

    private void next(ChannelHandlerContext context, int millis) {
      var _ = context.executor().schedule(() -> go(context), millis, TimeUnit.MILLISECONDS);
    }

    private void go(ChannelHandlerContext context) {
      if (!context.channel().isActive()) {
        return;
      }
      if (events > 0 && ending) {
        end(context);
        return;
      }
      events++;
      write(
          context,
          "data: {%s%d,\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1795435155,\"model\":\"glm-4.7\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n"
              .formatted(SENT, System.nanoTime()));
      // The second comes somewhere within the pause, so that streams that began together do not
      // march in step.
      int pause =
          ending
              ? 0
              : events == 1 ? ThreadLocalRandom.current().nextInt(PAUSE_MILLIS) : PAUSE_MILLIS;
      next(context, pause);
    }

    private void end(ChannelHandlerContext context) {
      answering = false;
      open.decrementAndGet();
      streams.increment();
      tokens.add(PROMPT_TOKENS + events);
      write(
          context,
          "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1795435155,\"model\":\"glm-4.7\",\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}\n\ndata: [DONE]\n\n"
              .formatted(PROMPT_TOKENS, events, PROMPT_TOKENS + events));
      context.writeAndFlush(new DefaultLastHttpContent(), context.voidPromise());
    }

    private void write(ChannelHandlerContext context, String text) {
      context.writeAndFlush(
          new DefaultHttpContent(Unpooled.copiedBuffer(text, US_ASCII)), context.voidPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (answering) {
        answering = false;
        open.decrementAndGet();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // The gateway has reset it; a stream that was broken so is seen by its client.
      context.close();
    }
  }
}
