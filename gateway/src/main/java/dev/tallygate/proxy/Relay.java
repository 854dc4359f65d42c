package dev.tallygate.proxy;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Secret;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.ZaiError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one exchange to its upstream and the answer back, read by read. Confined to the
 * exchange's event loop, but for {@link #granted}.
 *
 * <p>Until the client is answered the call may be made more than once, where that can cost nothing
 * twice; the body is kept for that. Both sides push back: the request's body is in memory before
 * the call is made, and while the client reads slower than the upstream writes, the upstream is not
 * read.
 */
public final class Relay extends Deadlines.Owner implements UpstreamCall, ConcurrencyLimit.Waiter {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /** A longer one costs more to copy than to send as a piece of its own. */
  private static final int LARGEST_BODY_WITH_HEAD = 4 * 1024;

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
    /** Waiting for a place among the calls that may be out. */
    QUEUED,
    /** Between two attempts. */
    PAUSING,
    CONNECTING,
    /** The request is out. */
    AWAITING_HEAD,
    /** The upstream answers with an error, which is looked at. */
    LOOKING,
    PASSING,
    OVER
  }

  private final Exchange exchange;
  private final Upstream upstream;
  private final UpstreamTarget target;
  private final String uri;
  private final Secret credential;
  private final Attempts attempts;

  private Phase phase = Phase.QUEUED;
  private boolean admitted;
  private @Nullable UpstreamConnection connection;
  private boolean reconnected;
  private @Nullable ErrorAnswer error;
  private @Nullable AnswerPass answer;

  /**
   * Prepares the call; {@link #start} makes it.
   *
   * @param uri path and query below the upstream's base path
   * @param credential what the upstream is shown
   */
  public Relay(Exchange exchange, Upstream upstream, String uri, Secret credential) {
    this.exchange = exchange;
    this.upstream = upstream;
    this.target = upstream.target();
    this.uri = uri;
    this.credential = credential;
    this.attempts = new Attempts(upstream, exchange, credential);
  }

  /** Makes the call. */
  public void start() {
    exchange.relayedBy(this);
    deadlines().add(this);
    switch (upstream.limit().enter()) {
      case ADMITTED -> admitted();
      case UNCOUNTED -> attempt();
      case FULL -> queue(upstream.limit().patience());
    }
  }

  private void queue(Duration patience) {
    if (patience.isZero()) {
      refuse(UpstreamErrors.BUSY);
    } else {
      within(patience);
      upstream.limit().await(this);
    }
  }

  @Override
  public String keyId() {
    ApiKey key = exchange.key();
    return key == null ? "" : key.id();
  }

  /** From any thread. */
  @Override
  public void granted() {
    try {
      exchange
          .worker()
          .loop()
          .execute(() -> {
            if (phase == Phase.OVER) {
              upstream.limit().exit();
            } else {
              admitted();
            }
          });
    } catch (RejectedExecutionException e) {
      // The gateway has stopped; the others that wait have, too.
      upstream.limit().exit();
    }
  }

  private void admitted() {
    admitted = true;
    attempt();
  }

  private void attempt() {
    ApiError refusal = attempts.begin();
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    reconnected = false;
    connecting();
    exchange.worker().upstreams().acquire(target, this);
  }

  private void connecting() {
    phase = Phase.CONNECTING;
    within(exchange.worker().timeouts().connect().plus(CONNECT_MARGIN));
  }

  /** The client has gone: the upstream should stop working for it. */
  void cancel() {
    if (phase == Phase.OVER) {
      return;
    }
    over();
    if (answer != null) {
      answer.drop();
    }
    abandon();
  }

  void clientWritable() {
    if (phase == Phase.PASSING && connection != null && answer != null) {
      connection.reading(true);
      within(answer.isEnding() ? MESSAGE_END_PATIENCE : exchange.worker().timeouts().idle());
    }
  }

  @Override
  public void connected(UpstreamConnection ready) {
    if (phase == Phase.OVER) {
      ready.abandon();
      return;
    }
    connection = ready;
    phase = Phase.AWAITING_HEAD;
    within(exchange.worker().timeouts().header());
    send(ready);
  }

  private void send(UpstreamConnection ready) {
    HttpRequest request = exchange.request();
    ByteBuf body = exchange.body();
    int length = body.readableBytes();
    boolean bodiless = length == 0 && !mayHaveBody(request.method());
    HeadWriter head = exchange.worker().heads();
    HeaderRules.toUpstream(
        request, exchange.trace(), target, uri, credential, bodiless ? -1 : length, head);
    boolean together = length <= LARGEST_BODY_WITH_HEAD;
    ByteBuf first = ready.alloc().directBuffer(head.length() + (together ? length : 0));
    head.copyTo(first);
    if (together) {
      first.writeBytes(body, body.readerIndex(), length);
    }
    ready.send(
        first,
        together ? null : body.retainedDuplicate(),
        request.method().equals(HttpMethod.HEAD),
        exchange.worker().flushes());
    exchange.sentTo(target);
  }

  @Override
  public void notConnected(Throwable cause) {
    if (phase == Phase.OVER) {
      return;
    }
    LOG.warn("upstream {} not reached: {}", target.hostHeader(), cause.toString());
    attempts.failed();
    if (!again(null)) {
      fail(
          cause instanceof ConnectTimeoutException
              ? UpstreamErrors.CONNECT_TIMEOUT
              : UpstreamErrors.UNREACHABLE);
    }
  }

  /** Makes the call once more after a pause, where there is time for that. */
  private boolean again(@Nullable Duration asked) {
    Duration pause = attempts.pause(asked);
    if (pause == null) {
      return false;
    }
    phase = Phase.PAUSING;
    within(pause);
    return true;
  }

  @Override
  public void answered(HttpResponse head) {
    attempts.alive();
    int status = head.status().code();
    if (status == 401 || status == 403) {
      abandon();
      refuse(accountErrors().credentialRefused(status));
    } else if (ErrorAnswer.isWorthALook(head, upstream.retries().answers())) {
      phase = Phase.LOOKING;
      error = new ErrorAnswer(head);
      within(ErrorAnswer.PATIENCE);
    } else {
      if (status < 300 && upstream.account().isTroubled()) {
        accountErrors().served(attempts.sinceNanos());
      }
      pass(head);
    }
  }

  private AnswerPass pass(HttpResponse head) {
    phase = Phase.PASSING;
    within(exchange.worker().timeouts().idle());
    if (head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)
        && !head.headers()
            .contains(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.IDENTITY, true)) {
      LOG.warn(
          "upstream {} compressed an answer though it was asked not to: its usage is not counted",
          target.hostHeader());
    }
    AnswerPass begun = new AnswerPass(exchange, target.format(), head);
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
        over();
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
        within(MESSAGE_END_PATIENCE);
      }
    } else if (to.keepsUp()) {
      within(exchange.worker().timeouts().idle());
    } else if (connection != null) {
      connection.reading(false);
    }
  }

  /** An error has come whole. */
  private void decide(ErrorAnswer whole) {
    error = null;
    ZaiError zai = whole.zai(target);
    ApiError instead = zai == null ? null : accountErrors().instead(zai);
    if (instead != null) {
      whole.release();
      refuse(instead);
    } else if (isRetried(whole, zai) && again(whole.retryAfter())) {
      whole.release();
    } else {
      AnswerPass to = pass(whole.head());
      over();
      to.end(whole.take());
    }
  }

  private AccountErrors accountErrors() {
    return new AccountErrors(upstream, exchange, credential);
  }

  private boolean isRetried(ErrorAnswer whole, @Nullable ZaiError zai) {
    Set<Integer> retried = upstream.retries().answers();
    return retried.contains(whole.head().status().code())
        || (zai != null && retried.contains(zai.code()));
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

  /** The stream has ended, the message around it has not. */
  private void endWithoutMessageEnd(AnswerPass of) {
    abandon();
    over();
    of.endWithoutMessageEnd();
  }

  @Override
  public void notUnderstood(Throwable cause) {
    LOG.warn("upstream {} answered what is not HTTP: {}", target.hostHeader(), cause.toString());
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
      exchange.worker().upstreams().connect(target, this);
    } else {
      fail(UpstreamErrors.CLOSED);
    }
  }

  @Override
  protected void deadlinePassed() {
    switch (phase) {
      case QUEUED -> refuse(UpstreamErrors.BUSY);
      case PAUSING -> attempt();
      case CONNECTING -> {
        // Not again: the first attempt may still have its connection, and hand it over then.
        LOG.warn("upstream {} not reached: no connection in time", target.hostHeader());
        attempts.failed();
        fail(UpstreamErrors.CONNECT_TIMEOUT);
      }
      case AWAITING_HEAD -> {
        attempts.failed();
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
      over();
      exchange.client().cut();
      exchange.finish(Outcome.CLIENT_GONE);
    }
  }

  /** The call cannot go on: an error answer where there is still a status to give, else a cut. */
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
      refuse(why);
    } else if (begun.isEnding()) {
      endWithoutMessageEnd(begun);
    } else {
      over();
      begun.breakOff(why);
    }
  }

  private void refuse(ApiError why) {
    over();
    exchange.client().refuse(why);
  }

  private void abandon() {
    if (connection != null) {
      connection.abandon();
      connection = null;
    }
  }

  private void over() {
    if (phase == Phase.QUEUED) {
      upstream.limit().leave(this);
    }
    phase = Phase.OVER;
    attempts.end();
    deadlines().remove(this);
    if (error != null) {
      error.release();
      error = null;
    }
    if (admitted) {
      admitted = false;
      upstream.limit().exit();
    }
  }

  private void within(Duration limit) {
    deadlines().set(this, limit.toNanos());
  }

  private Deadlines deadlines() {
    return exchange.worker().deadlines();
  }

  static boolean mayHaveBody(HttpMethod method) {
    return method.equals(HttpMethod.POST)
        || method.equals(HttpMethod.PUT)
        || method.equals(HttpMethod.PATCH);
  }
}
