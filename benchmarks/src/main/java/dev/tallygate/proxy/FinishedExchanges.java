package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.Reservation;
import dev.tallygate.route.RouteName;
import dev.tallygate.usage.UsageExtractor;
import dev.tallygate.usage.UsageLedger;
import dev.tallygate.usage.UsageRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Lets a benchmark have exchanges that have ended, without a connection. */
public final class FinishedExchanges implements AutoCloseable {
  private static final Duration ANY = Duration.ofMinutes(1);
  private static final byte[] ANSWER =
      "{\"usage\":{\"prompt_tokens\":80,\"completion_tokens\":120,\"total_tokens\":200}}"
          .getBytes(StandardCharsets.US_ASCII);

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Worker worker =
      new Worker(
          loops.next(),
          NioSocketChannel.class,
          Ticker.system(),
          new RelayTimeouts(ANY, ANY, ANY),
          new BodyBudget(1),
          new Recorded(),
          new LongAdder(),
          exchange -> {});

  /** Starts the event loop that they end on. */
  public FinishedExchanges() {}

  /** A chat completion that was relayed whole and used 80 tokens of input and 120 of output. */
  public Exchange of(ApiKey key, Reservation reservation) throws InterruptedException {
    return loops.submit(() -> ended(key, reservation)).sync().getNow();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Exchange ended(ApiKey key, Reservation reservation) {
    Exchange exchange =
        new Exchange(
            worker,
            new Nobody(),
            new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/v1/chat/completions"),
            "req_0123456789abcdef",
            ApiFormat.OPENAI,
            "/v1/chat/completions");
    exchange.routed(RouteName.CHAT_COMPLETIONS);
    exchange.authenticated(key);
    exchange.model("glm-4.7");
    exchange.admitted(reservation);
    exchange.sentTo(new UpstreamTarget(ApiFormat.OPENAI, "host", 1, null, "host", "", null));
    UsageExtractor extractor = UsageExtractor.forJson(ApiFormat.OPENAI);
    extractor.read(ByteBuffer.wrap(ANSWER));
    extractor.finish();
    exchange.metered(extractor);
    exchange.relaying(200, false);
    exchange.sent(ANSWER.length);
    exchange.finish(Unpooled.EMPTY_BUFFER);
    return exchange;
  }

  /** Has everything on record at once. */
  private static final class Recorded implements UsageLedger {
    @Override
    public void record(UsageRecord usage, Runnable committed) {
      committed.run();
    }

    @Override
    public @Nullable String trouble() {
      return null;
    }
  }

  /** A client that wants nothing. */
  private static final class Nobody implements Client {
    @Override
    public void head(HttpResponse head, boolean sameLength) {}

    @Override
    public void body(ByteBuf part) {
      part.release();
    }

    @Override
    public void flush() {}

    @Override
    public void end(ByteBuf last) {
      last.release();
    }

    @Override
    public void refuse(ApiError error) {}

    @Override
    public void cut() {}

    @Override
    public boolean isWritable() {
      return true;
    }
  }
}
