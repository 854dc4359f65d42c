package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.ConcurrencyLimit.Entry;
import dev.tallygate.upstream.RetryPolicy;
import dev.tallygate.usage.UsageLedger;
import dev.tallygate.usage.UsageRecord;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What no client can bring about at will: a call's turn comes in the moment in which it ends. */
class RelayTest {
  private final FakeTicker ticker = new FakeTicker();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ConcurrencyLimit limit = new ConcurrencyLimit(1, Duration.ofSeconds(20));
  private final List<ApiError> refusals = new ArrayList<>();

  RelayTest() {
    channel.freezeTime();
  }

  private Relay waiting() {
    Worker worker =
        new Worker(
            channel.eventLoop(),
            NioSocketChannel.class,
            ticker,
            new RelayTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5)),
            new BodyBudget(1),
            new NoLedger(),
            new LongAdder(),
            exchange -> {});
    Exchange exchange =
        new Exchange(
            worker,
            new RefusedClient(),
            new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/"),
            "r1",
            ApiFormat.OPENAI,
            "/");
    Secret credential = new Secret("s");
    Upstream upstream =
        new Upstream(
            new UpstreamTarget(ApiFormat.OPENAI, "unused", 1, null, "unused", "", credential),
            new CircuitBreaker(1, ticker, new SplittableRandom(7)),
            new AccountState(ticker),
            limit,
            new RetryPolicy(Duration.ZERO, Set.of()));
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    Relay relay = new Relay(exchange, upstream, "/", credential);
    relay.start();
    assertThat(limit.waiting()).isEqualTo(1);
    return relay;
  }

  @Test
  void turnThatComesWhileTheClientLeaves_goesToTheNext() {
    Relay relay = waiting();
    limit.exit();
    relay.cancel();
    assertThat(limit.enter()).isEqualTo(Entry.FULL);
    channel.runPendingTasks();
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    assertThat(refusals).isEmpty();
  }

  @Test
  void turnThatComesWhenPatienceEnds_goesToTheNext() {
    Relay relay = waiting();
    limit.exit();
    relay.deadlinePassed();
    channel.runPendingTasks();
    assertThat(limit.enter()).isEqualTo(Entry.ADMITTED);
    assertThat(refusals).containsExactly(UpstreamErrors.BUSY);
  }

  private static final class NoLedger implements UsageLedger {
    @Override
    public void record(UsageRecord usage, Runnable committed) {
      throw new AssertionError("nothing was used");
    }

    @Override
    public @Nullable String trouble() {
      return null;
    }
  }

  private final class RefusedClient implements Client {
    @Override
    public void head(HttpResponse head, boolean sameLength) {
      throw new AssertionError("nobody answered");
    }

    @Override
    public void body(ByteBuf part) {
      throw new AssertionError("nobody answered");
    }

    @Override
    public void flush() {}

    @Override
    public void end(ByteBuf last) {
      throw new AssertionError("nobody answered");
    }

    @Override
    public void refuse(ApiError error) {
      refusals.add(error);
    }

    @Override
    public void cut() {}

    @Override
    public boolean isWritable() {
      return true;
    }
  }
}
