package dev.tallygate.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the management port: takes one request at a time, has it answered on a virtual
 * thread, and reads the next. Confined to the event loop but for {@link #answered}.
 *
 * <p>One deadline serves for all that a client can dawdle with: the whole of a request has to be
 * there, and the whole of an answer has to be taken, within it. So trickling bytes gains nothing.
 */
final class ManagementConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementConnection.class);
  private static final long PATIENCE_SECONDS = 30;
  private static final int MAX_PARAMETERS = 32;

  private final Dispatcher dispatcher;
  private final Executor workers;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean closing;

  ManagementConnection(Dispatcher dispatcher, Executor workers) {
    this.dispatcher = dispatcher;
    this.workers = workers;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    next(ctx);
  }

  private void next(ChannelHandlerContext ctx) {
    withinPatience(ctx);
    ctx.channel().config().setAutoRead(true);
  }

  private void withinPatience(ChannelHandlerContext ctx) {
    patient();
    deadline = ctx.executor().schedule(() -> ctx.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private void patient() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest message) {
    if (closing) {
      return;
    }
    patient();
    ctx.channel().config().setAutoRead(false);
    boolean keepAlive = HttpUtil.isKeepAlive(message);
    if (message.decoderResult().isFailure()) {
      write(ctx, malformed(message.decoderResult().cause()).reply(), false);
      return;
    }
    if (!PercentEncoding.isSound(message.uri())) {
      write(ctx, Problem.of(400, "The URL is not percent-encoded UTF-8.").reply(), false);
      return;
    }
    Request request;
    try {
      request = request(ctx, message);
    } catch (CharacterCodingException e) {
      write(ctx, Problem.of(400, "The body is not UTF-8.").reply(), false);
      return;
    }
    try {
      workers.execute(() -> answered(ctx, dispatcher.answer(request), keepAlive));
    } catch (RejectedExecutionException e) {
      // The gateway is stopping.
      ctx.close();
    }
  }

  private static Request request(ChannelHandlerContext ctx, FullHttpRequest message)
      throws CharacterCodingException {
    String target = message.uri().replaceFirst("(?i)^https?://[^/?#]*", "");
    int end = target.indexOf('?');
    return new Request(
        message.method().name(),
        end < 0 ? target : target.substring(0, end),
        new QueryStringDecoder(target, StandardCharsets.UTF_8, true, MAX_PARAMETERS).parameters(),
        message.headers(),
        text(message.content().nioBuffer()),
        ((InetSocketAddress) ctx.channel().remoteAddress()).getAddress());
  }

  private static String text(ByteBuffer body) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(body).toString();
  }

  private static Problem malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Problem.of(414, "The request line is too long.");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Problem.of(431, "The request's headers are too large.");
    }
    return Problem.of(400, "This is not a well-formed HTTP/1.1 request.");
  }

  /** On any thread. */
  private void answered(ChannelHandlerContext ctx, Reply reply, boolean keepAlive) {
    ctx.executor().execute(() -> write(ctx, reply, keepAlive));
  }

  private void write(ChannelHandlerContext ctx, Reply reply, boolean keepAlive) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            Unpooled.wrappedBuffer(reply.body().duplicate()));
    HttpHeaders headers = response.headers();
    reply.headers().forEach(headers::set);
    if (!reply.contentType().isEmpty()) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
    }
    if (reply.status() != 204 && reply.status() != 304) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, reply.body().remaining());
    }
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    withinPatience(ctx);
    ctx.writeAndFlush(response)
        .addListener(
            (ChannelFutureListener)
                written -> {
                  patient();
                  if (keepAlive && written.isSuccess()) {
                    next(ctx);
                  } else {
                    closing = true;
                    Linger.thenClose(ctx);
                  }
                });
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    patient();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Whoever leaves, or leaves within a body, may.
    if (!(cause instanceof IOException || cause instanceof PrematureChannelClosureException)) {
      LOG.error("unexpected failure on a management connection", cause);
    }
    ctx.close();
  }
}
