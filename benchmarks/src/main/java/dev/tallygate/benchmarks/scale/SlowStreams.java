package dev.tallygate.benchmarks.scale;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.benchmarks.harness.Times;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Clients of a gateway before {@link SlowUpstream}, each with a connection of its own and one
 * stream. How late an event is, is told by the time that it carries.
 */
final class SlowStreams {
  private static final String BODY =
      "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}";

  private final Bootstrap bootstrap;
  private final int keys;
  private final AtomicInteger streaming = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final Queue<Long> firstNanos = new ConcurrentLinkedQueue<>();
  private final Queue<Long> laterNanos = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private int begun;

  /**
   * @param keys how many take turns
   */
  SlowStreams(EventLoopGroup loops, int port, int keys) {
    this.keys = keys;
    this.bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new HttpResponseDecoder(), new Stream());
                  }
                });
  }

  static String request(String key) {
    return Requests.post("/v1/chat/completions", key, BODY);
  }

  /** Begins so many, evenly; returns when the last is begun. */
  void begin(int count, int perSecond) throws InterruptedException {
    long first = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long ahead = first + i * TimeUnit.SECONDS.toNanos(1) / perSecond - System.nanoTime();
      if (ahead > 0) {
        TimeUnit.NANOSECONDS.sleep(ahead);
      }
      String key = KeyFile.key(begun++ % keys);
      bootstrap
          .connect()
          .addListener((ChannelFuture connecting) -> {
            if (connecting.isSuccess()) {
              connecting.channel().writeAndFlush(Unpooled.copiedBuffer(request(key), US_ASCII));
            } else {
              failed(String.valueOf(connecting.cause()));
            }
          });
    }
  }

  /** Waits until each stream that was begun has ended; whether they did. */
  boolean awaitEnd(int seconds) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (done.get() < begun && System.nanoTime() < end) {
      Thread.sleep(50);
    }
    return done.get() >= begun;
  }

  /** Streams of which an event has come and not yet the end. */
  int streaming() {
    return streaming.get();
  }

  /** From being written by the upstream to being read, of each stream's first event. */
  Times first() {
    return times(firstNanos);
  }

  /** The same of all other events. */
  Times later() {
    return times(laterNanos);
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  private static Times times(Queue<Long> nanos) {
    return Times.of(new ArrayList<>(nanos).stream().mapToLong(Long::longValue).toArray());
  }

  private void failed(String why) {
    failures.add(why);
    done.incrementAndGet();
  }

  /** Reads one connection's stream, and closes the connection after it. */
  private final class Stream extends SimpleChannelInboundHandler<HttpObject> {
    private final StringBuilder text = new StringBuilder();
    private boolean begunToStream;
    private boolean usageSeen;
    private boolean ended;

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      long now = System.nanoTime();
      if (message instanceof HttpResponse head && head.status().code() != 200) {
        end(context, "status " + head.status());
        return;
      }
      if (message instanceof HttpContent content) {
        read(content.content(), now);
      }
      if (message instanceof LastHttpContent) {
        end(context, usageSeen ? null : "a stream without its end");
      }
    }

    private void read(ByteBuf bytes, long now) {
      text.append(bytes.toString(US_ASCII));
      for (int end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        String event = text.substring(0, end);
        text.delete(0, end + 2);
        int sent = event.indexOf(SlowUpstream.SENT);
        usageSeen |= event.contains("\"total_tokens\"");
        if (sent >= 0) {
          int from = sent + SlowUpstream.SENT.length();
          long took = now - Long.parseLong(event.substring(from, event.indexOf(',', from)));
          (begunToStream ? laterNanos : firstNanos).add(took);
          if (!begunToStream) {
            begunToStream = true;
            streaming.incrementAndGet();
          }
        }
      }
    }

    private void end(ChannelHandlerContext context, @Nullable String why) {
      if (ended) {
        return;
      }
      ended = true;
      if (begunToStream) {
        streaming.decrementAndGet();
      }
      if (why == null) {
        done.incrementAndGet();
      } else {
        failed(why);
      }
      context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(context, "closed within a stream");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(context, cause.toString());
    }
  }
}
