package dev.tallygate.server;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.Client;
import dev.tallygate.proxy.Deadlines;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.proxy.Worker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection, or one stream of HTTP/2, which has one request: reads requests one after
 * the other, collects their bodies, writes the answers. Confined to its event loop.
 *
 * <p>What a client sends while its call is still being answered (pipelined requests) waits here;
 * when much of it waits, no more is read nor taken apart.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter
    implements Client, Connections.Open {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
  private static final int MAX_WAITING = 4;
  // A refused request's body up to this size is read to its end to keep the connection.
  private static final long DISCARD_LIMIT = 1024 * 1024;
  private static final long LINGER_NANOS = Duration.ofSeconds(2).toNanos();

  /** Which part of a request comes next. */
  private enum Reading {
    /** A request's head. */
    HEAD,
    /** Nothing, until it is known whether the body is wanted. */
    PARKED,
    /** The body, to be collected. */
    BODY,
    /** The body, which nobody wants. */
    DISCARD,
    /** Nothing, until the answer is out. */
    DONE,
    /** Whatever is still on its way from a client that has been refused. */
    LINGER
  }

  private final Worker worker;
  private final ServerSettings settings;
  private final CallHandler calls;
  private final Connections connections;
  private final ClientAddress address;
  private final Intake intake;
  private final Function<ChannelHandlerContext, AnswerWriter> wire;
  private final BodyCollector body;
  private final ClientDeadline patience = new ClientDeadline();
  private final Deque<HttpObject> waiting = new ArrayDeque<>(4);

  private ChannelHandlerContext ctx;
  private AnswerWriter writer;
  private ClientAnswer answer;
  private Reading reading = Reading.HEAD;
  private boolean headBegun;
  private long bodyDue;
  private boolean consuming;
  private @Nullable Exchange exchange;
  private Runnable bodyArrived = () -> {};
  private boolean answered;
  private boolean continueExpected;

  /**
   * @param intake what takes requests apart
   * @param wire makes what writes the answers
   */
  @SuppressWarnings("NullAway.Init") // the context is set before any event
  ClientConnection(
      Worker worker,
      ServerSettings settings,
      CallHandler calls,
      Connections connections,
      ClientAddress address,
      Intake intake,
      Function<ChannelHandlerContext, AnswerWriter> wire) {
    this.worker = worker;
    this.settings = settings;
    this.calls = calls;
    this.connections = connections;
    this.address = address;
    this.intake = intake;
    this.wire = wire;
    this.body = new BodyCollector(worker.bodies(), settings.maxBodyBytes());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    writer = wire.apply(context);
    answer = new ClientAnswer(worker, connections, writer);
    worker.deadlines().add(patience);
    within(settings.headerTimeout());
  }

  /** Where the client is. */
  ClientAddress address() {
    return address;
  }

  /** Bytes have arrived that may not be a whole head yet. */
  void bytesArrived() {
    if (reading == Reading.HEAD && !headBegun) {
      headBegun = true;
      within(settings.headerTimeout());
    }
  }

  @Override
  public void drain() {
    worker
        .loop()
        .execute(() -> {
          answer.isLast();
          if (exchange == null && reading != Reading.LINGER) {
            // The last answer may still be on its way to a client that reads slowly.
            closeWhenWritten(settings.idleTimeout().toNanos());
          }
        });
  }

  @Override
  public void close() {
    worker.loop().execute(this::closeNow);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    waiting.add((HttpObject) message);
    consume();
    if (waiting.size() > MAX_WAITING) {
      context.channel().config().setAutoRead(false);
      intake.pause();
    }
  }

  /** Takes what waits, as far as the state of the request allows. */
  private void consume() {
    if (consuming) {
      return;
    }
    consuming = true;
    try {
      while (!waiting.isEmpty() && mayConsume()) {
        consume(waiting.remove());
      }
    } catch (RuntimeException e) {
      // Here, not in Netty: the caller may be the upstream connection whose answer ended a call.
      unexpected(e);
    } finally {
      consuming = false;
    }
    if (waiting.isEmpty() && !ctx.channel().config().isAutoRead()) {
      ctx.channel().config().setAutoRead(true);
      intake.resume();
    }
  }

  private boolean mayConsume() {
    return switch (reading) {
      case PARKED, DONE -> false;
      // A client that only asks and never reads would pile up answers in memory.
      case HEAD -> isWritable();
      case BODY, DISCARD, LINGER -> true;
    };
  }

  private void consume(HttpObject message) {
    if (reading == Reading.LINGER) {
      ReferenceCountUtil.release(message);
    } else if (message.decoderResult().isFailure()) {
      ApiError fault = Refusals.malformed(message);
      ReferenceCountUtil.release(message);
      malformed(fault);
    } else if (message instanceof HttpRequest request) {
      begin(request);
    } else {
      continueBody((HttpContent) message);
    }
  }

  private void begin(HttpRequest request) {
    headBegun = false;
    answered = false;
    reading = Reading.PARKED;
    worker.deadlines().clear(patience);
    answer.answers(request);
    continueExpected = HttpUtil.is100ContinueExpected(request);
    calls.begin(worker, this, request);
  }

  /**
   * {@link CallHandler#begin} has made an exchange of the request's head.
   *
   * @return whether it may go on; false: there are too many
   */
  boolean begin(Exchange begun) {
    exchange = begun;
    return connections.exchangeBegun();
  }

  /** Collects the body into the exchange, then runs {@code then}. */
  void collectBody(Runnable then) {
    if (declaredLength() > settings.maxBodyBytes()) {
      refuse(Refusals.bodyTooLarge(settings.maxBodyBytes()));
      return;
    }
    if (continueExpected) {
      continueExpected = false;
      writer.goOn();
    }
    reading = Reading.BODY;
    bodyArrived = then;
    bodyDue = worker.deadlines().now() + settings.bodyTimeout().toNanos();
    awaitBody();
    consume();
  }

  /** Waits for more of the body: not long for the next of it, nor for ever for all of it. */
  private void awaitBody() {
    Deadlines deadlines = worker.deadlines();
    deadlines.set(patience, Math.min(settings.idleTimeout().toNanos(), bodyDue - deadlines.now()));
  }

  private long declaredLength() {
    Exchange current = exchange;
    return current == null ? 0 : HttpUtil.getContentLength(current.request(), 0L);
  }

  private void continueBody(HttpContent part) {
    boolean last = part instanceof LastHttpContent;
    if (reading == Reading.BODY) {
      collect(part.content(), last);
      return;
    }
    part.release();
    if (last) {
      requestRead();
    }
  }

  private void collect(ByteBuf part, boolean last) {
    ApiError refusal = body.add(part, last, ctx.alloc());
    if (last) {
      reading = Reading.DONE;
      worker.deadlines().clear(patience);
    } else {
      awaitBody();
    }
    if (refusal != null) {
      refuse(refusal);
    } else if (last && exchange != null) {
      exchange.body(body.take());
      bodyArrived.run();
    }
  }

  /** A request that is not HTTP: answered without an exchange, and the connection ends. */
  private void malformed(ApiError error) {
    boolean answeredAlready = reading == Reading.DISCARD;
    reading = Reading.LINGER;
    body.drop();
    if (exchange != null) {
      refuseAndEnd(error);
    } else if (answeredAlready) {
      closeNow();
    } else {
      connections.malformed();
      String requestId = RequestIds.of(null);
      answer.answersNoRequest();
      answer.own(
          ErrorResponder.response(error, ApiFormat.OPENAI, requestId), ApiFormat.OPENAI, requestId);
      linger();
    }
  }

  @Override
  public void refuse(ApiError error) {
    Exchange current = exchange;
    if (current != null) {
      answer(ErrorResponder.response(error, current.format(), current.requestId()), error);
    }
  }

  /** Refuses what cannot be trusted to end where it seems to: the connection ends with it. */
  void refuseAndEnd(ApiError error) {
    answer.isLast();
    refuse(error);
  }

  /** Answers in place of an upstream. */
  void answer(FullHttpResponse response, @Nullable ApiError error) {
    Exchange current = exchange;
    if (current == null || answered) {
      response.release();
      return;
    }
    if (reading != Reading.DONE && reading != Reading.LINGER) {
      // The rest of the request is still on its way: read it to its end if that is soon.
      boolean soon =
          !continueExpected
              && !HttpUtil.isTransferEncodingChunked(current.request())
              && declaredLength() <= DISCARD_LIMIT;
      if (!soon) {
        answer.isLast();
      }
      reading = soon ? Reading.DISCARD : Reading.LINGER;
      body.drop();
      within(settings.idleTimeout());
    }
    current.answering(response.status().code(), error);
    current.sent(answer.own(response, current.format(), current.requestId()));
    worker.flushes().later(ctx.channel());
    current.finish(Outcome.ANSWERED);
    answerWritten();
  }

  @Override
  public void head(HttpResponse upstream, boolean sameLength) {
    Exchange current = exchange;
    if (current != null) {
      answer.begin(upstream, sameLength, current);
    }
  }

  @Override
  public void body(ByteBuf part) {
    if (exchange == null) {
      part.release();
    } else {
      writer.body(part);
    }
  }

  @Override
  public void flush() {
    writer.write();
    worker.flushes().later(ctx.channel());
  }

  @Override
  public void end(ByteBuf last) {
    if (!ctx.channel().isActive()) {
      last.release();
      return;
    }
    writer.end(last);
    worker.flushes().later(ctx.channel());
    answerWritten();
  }

  @Override
  public void cut() {
    closeWhenWritten(LINGER_NANOS);
  }

  /**
   * Closes; what is still read until that is done, which over io_uring takes a while, is dropped.
   */
  private void closeNow() {
    reading = Reading.LINGER;
    ctx.close();
  }

  /** Closes when the client has been sent all, or reads so slowly that it takes longer. */
  private void closeWhenWritten(long atMostNanos) {
    reading = Reading.LINGER;
    worker.deadlines().set(patience, atMostNanos);
    writer.flushed().addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public boolean isWritable() {
    return ctx.channel().isWritable();
  }

  private void answerWritten() {
    answered = true;
    letGo();
    if (!answer.keepsAlive()) {
      if (reading == Reading.DONE) {
        closeWhenWritten(settings.idleTimeout().toNanos());
      } else {
        reading = Reading.LINGER;
        linger();
      }
    } else if (reading == Reading.DONE) {
      nextRequest();
    } else {
      // What is left of the request, and the requests behind it, may be waiting already.
      consume();
    }
  }

  /** The request has been read to its end; nobody wanted its body. */
  private void requestRead() {
    reading = Reading.DONE;
    if (answered) {
      nextRequest();
    }
  }

  private void nextRequest() {
    reading = Reading.HEAD;
    within(settings.idleTimeout());
    consume();
  }

  /**
   * Ends our side and reads on for a moment: closing with unread bytes would make the kernel reset
   * the connection, and the client might never see the answer.
   */
  private void linger() {
    worker.deadlines().set(patience, LINGER_NANOS);
    writer.flushed().addListener(written -> writer.endOutput());
    consume();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (!isWritable()) {
      return;
    }
    if (exchange == null) {
      consume();
    } else {
      exchange.clientWritable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    worker.deadlines().remove(patience);
    body.drop();
    writer.drop();
    for (HttpObject message : waiting) {
      ReferenceCountUtil.release(message);
    }
    waiting.clear();
    reading = Reading.LINGER;
    if (exchange != null) {
      exchange.cancel();
      letGo();
    }
  }

  private void letGo() {
    Exchange done = exchange;
    if (done != null) {
      exchange = null;
      connections.exchangeEnded();
      done.detached();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Bytes that are no TLS come wrapped; what is no HTTP is told by the message.
    Throwable broken = cause instanceof DecoderException ? cause.getCause() : cause;
    if (broken instanceof IOException) {
      // The client reset the connection, or broke it; channelInactive follows.
      closeNow();
    } else {
      unexpected(cause);
    }
  }

  /** A bug of ours: the client gets 500 where there is still a status to give. */
  void unexpected(Throwable bug) {
    LOG.error("unexpected failure on a connection", bug);
    if (exchange == null || exchange.status() != 0) {
      closeNow();
    } else {
      exchange.cancelCall();
      refuseAndEnd(Refusals.INTERNAL);
    }
  }

  private void within(Duration limit) {
    worker.deadlines().set(patience, limit.toNanos());
  }

  /** How long the client may keep the gateway waiting. */
  private final class ClientDeadline extends Deadlines.Owner {
    @Override
    protected void deadlinePassed() {
      if (reading == Reading.HEAD && headBegun) {
        malformed(Refusals.REQUEST_TIMEOUT);
      } else if (reading == Reading.BODY) {
        reading = Reading.LINGER;
        body.drop();
        refuseAndEnd(Refusals.REQUEST_TIMEOUT);
      } else {
        closeNow();
      }
    }
  }
}
