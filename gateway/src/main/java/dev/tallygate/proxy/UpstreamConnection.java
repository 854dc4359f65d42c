package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to an upstream: carries one call at a time and goes back to its pool after an
 * answer that allows it. Confined to its event loop.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);

  private final UpstreamPool pool;
  private final UpstreamTarget target;
  private final Channel channel;
  private final AnswerDecoder decoder;
  private final IdleLife idleLife = new IdleLife();

  private final GenericFutureListener<Future<Void>> closeOnFailure = this::closeOnFailure;

  private @Nullable UpstreamCall call;
  private @Nullable ChannelFuture sent;
  private boolean reusable;
  private boolean reused;
  private boolean anyByte;
  private boolean interim;
  private boolean keepAlive;

  UpstreamConnection(
      UpstreamPool pool, UpstreamTarget target, Channel channel, AnswerDecoder decoder) {
    this.pool = pool;
    this.target = target;
    this.channel = channel;
    this.decoder = decoder;
  }

  UpstreamTarget target() {
    return target;
  }

  Deadlines.Owner idleLife() {
    return idleLife;
  }

  boolean isOpen() {
    return channel.isActive();
  }

  /** Gives the connection to a call. */
  void assign(UpstreamCall next) {
    call = next;
    anyByte = false;
    keepAlive = false;
  }

  /**
   * Sends a request, of which it takes ownership; when that fails the connection closes, which the
   * call is told.
   *
   * @param head its head, and its body where that is short
   * @param body the body where it is long, else null
   * @param onlyHead whether the answer will have no body
   */
  void send(ByteBuf head, @Nullable ByteBuf body, boolean onlyHead, Flushes flushes) {
    decoder.expect(onlyHead);
    ChannelFuture writing = channel.write(head);
    if (body != null) {
      writing = channel.write(body);
    }
    flushes.later(channel);
    sent = writing;
    writing.addListener(closeOnFailure);
  }

  private void closeOnFailure(Future<?> sending) {
    if (!sending.isSuccess()) {
      channel.close();
    }
  }

  ByteBufAllocator alloc() {
    return channel.alloc();
  }

  /** True when an earlier call used this connection and nothing has come back for this one. */
  boolean mayHaveBeenStale() {
    return reused && !anyByte;
  }

  /** Stops or resumes reading, as the client keeps up. */
  void reading(boolean on) {
    if (channel.config().isAutoRead() != on) {
      channel.config().setAutoRead(on);
    }
  }

  /** Closes the connection without a further word to the call. */
  void abandon() {
    call = null;
    channel.close();
  }

  /** Bytes have arrived, whatever they will turn out to be. */
  void bytesArrived() {
    anyByte = true;
    if (call == null) {
      // Nobody asked: the connection cannot be trusted with another call.
      reusable = false;
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    UpstreamCall current = call;
    if (current == null) {
      // More than the answer: what the next call on this connection got would not be its own.
      reusable = false;
      ReferenceCountUtil.release(message);
      ctx.close();
    } else if (((HttpObject) message).decoderResult().isFailure()) {
      ReferenceCountUtil.release(message);
      String fault = fault(((HttpObject) message).decoderResult().cause());
      abandon();
      current.notUnderstood(fault);
    } else if (message instanceof HttpResponse head) {
      answered(current, head);
    } else {
      received(current, (HttpContent) message);
    }
  }

  /** What is wrong, without the message: Netty's quote what came, which may be an answer. */
  private static String fault(Throwable cause) {
    return switch (cause) {
      case TooLongHttpHeaderException _ -> "headers that are too long";
      case TooLongHttpLineException _ -> "a first line that is too long";
      default -> "malformed, " + cause.getClass().getSimpleName();
    };
  }

  private void answered(UpstreamCall current, HttpResponse head) {
    decoder.headRead();
    if (head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      // Nobody asked for another protocol, and its bytes would follow undecoded.
      abandon();
      current.notUnderstood("status 101, which was not asked for");
      return;
    }
    interim = head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    if (!interim) {
      keepAlive = HttpUtil.isKeepAlive(head);
      current.answered(head);
    }
  }

  private void received(UpstreamCall current, HttpContent part) {
    if (interim) {
      part.release();
      return;
    }
    if (part instanceof LastHttpContent) {
      call = null;
      // An answer that came before the request was out leaves bytes of that request behind.
      if (keepAlive && sent != null && sent.isSuccess()) {
        reusable = true;
        reading(true);
      } else {
        channel.close();
      }
    }
    current.received(part);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (call != null) {
      call.readComplete();
    } else if (reusable) {
      // Only now is it known that nothing followed the answer.
      reusable = false;
      if (decoder.holdsBytes()) {
        channel.close();
      } else {
        reused = true;
        pool.release(this);
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    pool.forget(this);
    UpstreamCall current = call;
    call = null;
    if (current != null) {
      current.closed();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Resets and TLS alerts are the network's ways; anything else is a bug of ours.
    if (!(cause instanceof IOException || cause instanceof DecoderException)) {
      LOG.error("unexpected failure on an upstream connection", cause);
    }
    // The call is told before the decoder is, which would take an answer without a length, now that
    // the connection closes, for complete.
    UpstreamCall current = call;
    call = null;
    ctx.close();
    if (current != null) {
      current.closed();
    }
  }

  /** An idle connection's end of life. */
  private final class IdleLife extends Deadlines.Owner {
    @Override
    protected void deadlinePassed() {
      channel.close();
    }
  }
}
