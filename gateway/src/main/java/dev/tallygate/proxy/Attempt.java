package dev.tallygate.proxy;

import dev.tallygate.upstream.CircuitBreaker.Permit;
import dev.tallygate.upstream.ZaiError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt at a call: a connection, the request, and the answer, read by read. Confined to the
 * exchange's event loop.
 *
 * <p>Both sides push back: the request's body is in memory before the call is made, and while the
 * client reads slower than the upstream writes, the upstream is not read.
 */
final class Attempt implements UpstreamCall {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  /**
   * A connection that the upstream had closed shows it at once. If it closes later, the upstream
   * may have had the call and worked on it.
   */
  private static final long STALE_NANOS = Duration.ofSeconds(1).toNanos();

  /** Beyond the connect timeout, which the connecting itself heeds: a look-up may take longer. */
  private static final Duration CONNECT_MARGIN = Duration.ofSeconds(1);

  /** Between a stream's last event and the end of the HTTP message, which come together. */
  private static final Duration MESSAGE_END_PATIENCE = Duration.ofSeconds(1);

  private enum Phase {
    CONNECTING,
    /** The request is out. */
    AWAITING_HEAD,
    /** The upstream answers with an error, which is looked at. */
    LOOKING,
    PASSING,
    OVER
  }

  private final Relay relay;
  private final Exchange exchange;
  private final Upstream upstream;
  private final Permit permit;
  // Whether the attempt has told if the upstream is alive.
  private boolean told;

  private Phase phase = Phase.CONNECTING;
  private @Nullable UpstreamConnection connection;
  private boolean reconnected;
  private @Nullable ErrorAnswer error;
  private @Nullable AnswerPass answer;

  /** Prepares it; {@link #begin} makes it. */
  Attempt(Relay relay, Permit permit) {
    this.relay = relay;
    this.exchange = relay.exchange();
    this.upstream = relay.upstream();
    this.permit = permit;
  }

  void begin() {
    connecting();
    exchange.worker().upstreams().acquire(relay.target(), this);
  }

  private void connecting() {
    phase = Phase.CONNECTING;
    relay.within(exchange.worker().timeouts().connect().plus(CONNECT_MARGIN));
  }

  @Override
  public void connected(UpstreamConnection ready) {
    if (phase == Phase.OVER) {
      ready.abandon();
      return;
    }
    connection = ready;
    phase = Phase.AWAITING_HEAD;
    relay.within(exchange.worker().timeouts().header());
    UpstreamRequest.send(exchange, relay.target(), relay.uri(), relay.credential(), ready);
    exchange.sentTo(relay.target());
  }

  @Override
  public void notConnected(Throwable cause) {
    if (phase == Phase.OVER) {
      return;
    }
    LOG.warn("upstream {} not reached: {}", host(), cause.toString());
    failed();
    if (!again(null)) {
      fail(
          cause instanceof ConnectTimeoutException
              ? UpstreamErrors.CONNECT_TIMEOUT
              : UpstreamErrors.UNREACHABLE);
    }
  }

  @Override
  public void answered(HttpResponse head) {
    alive();
    String coding = head.headers().get(HttpHeaderNames.TRANSFER_ENCODING);
    if (coding != null && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)) {
      // It would reach the client as it is, without a word of how it is coded.
      abandon();
      notUnderstood("a transfer coding other than chunked");
      return;
    }
    int status = head.status().code();
    if (status == 401 || status == 403) {
      abandon();
      relay.refuse(accountErrors().credentialRefused(status));
    } else if (ErrorAnswer.isWorthALook(head, upstream.retries().answers())) {
      phase = Phase.LOOKING;
      error = new ErrorAnswer(head);
      relay.within(ErrorAnswer.PATIENCE);
    } else {
      if (status < 300 && upstream.account().isTroubled()) {
        accountErrors().served(permit.sinceNanos());
      }
      pass(head);
    }
  }

  private AnswerPass pass(HttpResponse head) {
    phase = Phase.PASSING;
    relay.within(exchange.worker().timeouts().idle());
    AnswerPass begun = new AnswerPass(exchange, relay.target(), head);
    answer = begun;
    return begun;
  }

  @Override
  public void received(HttpContent part) {
    boolean last = part instanceof LastHttpContent;
    if (last) {
      // It has gone back to its pool, or closes.
      connection = null;
    }
    if (phase == Phase.LOOKING && error != null) {
      boolean fits = error.add(part.content());
      if (last) {
        decide(error);
      } else if (!fits) {
        passUnread(error);
      }
    } else if (phase == Phase.PASSING && answer != null) {
      if (last) {
        relay.over();
        answer.end(part.content());
      } else {
        passPart(answer, part.content());
      }
    } else {
      part.release();
    }
  }

  private void passPart(AnswerPass to, ByteBuf part) {
    boolean wasEnding = to.isEnding();
    if (!to.part(part)) {
      endWithoutMessageEnd(to);
    } else if (to.isEnding()) {
      if (!wasEnding) {
        relay.within(MESSAGE_END_PATIENCE);
      }
    } else if (to.keepsUp()) {
      relay.within(exchange.worker().timeouts().idle());
    } else if (connection != null) {
      connection.reading(false);
    }
  }

  /** An error has come whole. */
  private void decide(ErrorAnswer whole) {
    error = null;
    ZaiError zai = whole.zai(relay.target());
    ApiError instead = zai == null ? null : accountErrors().instead(zai);
    if (instead != null) {
      whole.release();
      relay.refuse(instead);
    } else if (whole.isRetried(zai, upstream.retries().answers()) && again(whole.retryAfter())) {
      whole.release();
    } else {
      AnswerPass to = pass(whole.head());
      relay.over();
      to.end(whole.take());
    }
  }

  /** An error too long or too slow to be looked at is the client's. */
  private void passUnread(ErrorAnswer begun) {
    error = null;
    AnswerPass to = pass(begun.head());
    passPart(to, begun.take());
    if (phase != Phase.OVER) {
      to.flush();
    }
  }

  @Override
  public void readComplete() {
    if (phase == Phase.PASSING && answer != null) {
      answer.flush();
    }
  }

  void clientWritable() {
    if (phase == Phase.PASSING && connection != null && answer != null) {
      connection.reading(true);
      relay.within(answer.isEnding() ? MESSAGE_END_PATIENCE : exchange.worker().timeouts().idle());
    }
  }

  @Override
  public void notUnderstood(String fault) {
    LOG.warn("upstream {} answered what is not HTTP: {}", host(), fault);
    fail(UpstreamErrors.NOT_UNDERSTOOD);
  }

  @Override
  public void closed() {
    UpstreamConnection gone = connection;
    connection = null;
    if (phase == Phase.OVER) {
      return;
    }
    if (gone != null
        && gone.mayHaveBeenStale()
        && exchange.sinceSentNanos() < STALE_NANOS
        && !reconnected) {
      reconnected = true;
      connecting();
      exchange.worker().upstreams().connect(relay.target(), this);
    } else {
      fail(UpstreamErrors.CLOSED);
    }
  }

  /** What was waited for has not come in time. */
  void deadlinePassed() {
    switch (phase) {
      case CONNECTING -> {
        // Not again: what took so long, a look-up, would once more.
        LOG.warn("upstream {} not reached: no connection in time", host());
        failed();
        fail(UpstreamErrors.CONNECT_TIMEOUT);
      }
      case AWAITING_HEAD -> {
        failed();
        abandon();
        fail(UpstreamErrors.HEADER_TIMEOUT);
      }
      case LOOKING -> {
        if (error != null) {
          passUnread(error);
        }
      }
      case PASSING -> silent();
      case OVER -> {}
    }
  }

  private void silent() {
    abandon();
    if (answer != null && answer.keepsUp()) {
      fail(UpstreamErrors.IDLE_TIMEOUT);
    } else {
      // It is the client that has read nothing for so long.
      relay.over();
      exchange.client().cut();
      exchange.finish(Outcome.CLIENT_GONE);
    }
  }

  /** It cannot go on: an error answer where there is still a status to give, else a cut. */
  private void fail(ApiError why) {
    if (phase == Phase.LOOKING && error != null) {
      // Its beginning is the client's, as that of any answer that breaks off.
      passUnread(error);
      if (phase == Phase.OVER) {
        return;
      }
    }
    AnswerPass begun = answer;
    if (begun == null) {
      relay.refuse(why);
    } else if (begun.isEnding()) {
      endWithoutMessageEnd(begun);
    } else {
      relay.over();
      begun.breakOff(why);
    }
  }

  /** The stream has ended, the message around it has not. */
  private void endWithoutMessageEnd(AnswerPass of) {
    abandon();
    relay.over();
    of.endWithoutMessageEnd();
  }

  /** Another one is made instead of this, where there is time for it. */
  private boolean again(@Nullable Duration asked) {
    if (!relay.again(asked)) {
      return false;
    }
    over();
    return true;
  }

  /** Nothing more comes of it; without a word on the upstream where it has said none so far. */
  void over() {
    phase = Phase.OVER;
    if (!told) {
      told = true;
      upstream.breaker().undecided(permit);
    }
    if (error != null) {
      error.release();
      error = null;
    }
  }

  /** The client has gone, and with it whoever wanted what has not come yet. */
  void drop() {
    if (answer != null) {
      answer.drop();
    }
    abandon();
  }

  private void abandon() {
    if (connection != null) {
      connection.abandon();
      connection = null;
    }
  }

  /** The upstream has answered. */
  private void alive() {
    told = true;
    upstream.breaker().alive();
  }

  /** There was no connection, or no answer in time. */
  private void failed() {
    if (told) {
      return;
    }
    told = true;
    if (upstream.breaker().failed(permit)) {
      LOG.error(
          "upstream {} has not answered {} times in a row: it is left alone for now, and tried again"
              + " with single calls",
          host(),
          upstream.breaker().failures());
    }
  }

  private AccountErrors accountErrors() {
    return new AccountErrors(upstream, exchange, relay.credential());
  }

  private String host() {
    return relay.target().hostHeader();
  }
}
