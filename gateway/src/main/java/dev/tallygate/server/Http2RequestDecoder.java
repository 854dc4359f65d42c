package dev.tallygate.server;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a stream's request the form that one of HTTP/1.1 has (RFC 9113 §8.3), and resets streams
 * that break the protocol. Trailers are read and left out, as over HTTP/1.1.
 */
final class Http2RequestDecoder extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2RequestDecoder.class);

  private final Connections connections;
  private boolean headRead;

  Http2RequestDecoder(Connections connections) {
    this.connections = connections;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    switch (frame) {
      case Http2HeadersFrame head when !headRead -> {
        headRead = true;
        head(ctx, head);
      }
      case Http2HeadersFrame trailers -> {
        String fault = Http2HeadRules.faultOfTrailers(trailers.headers());
        if (fault == null) {
          ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
          reset(ctx, fault);
        }
      }
      case Http2DataFrame data ->
          ctx.fireChannelRead(
              data.isEndStream()
                  ? new DefaultLastHttpContent(data.content())
                  : new DefaultHttpContent(data.content()));
      default -> ReferenceCountUtil.release(frame);
    }
  }

  private void head(ChannelHandlerContext ctx, Http2HeadersFrame head) {
    String fault = Http2HeadRules.fault(head.headers());
    if (fault != null) {
      malformed(ctx, fault);
      return;
    }
    HttpRequest request;
    try {
      request = HttpConversionUtil.toHttpRequest(head.stream().id(), head.headers(), true);
    } catch (Http2Exception | RuntimeException e) {
      // What could not stand in its request, or hosts that differ. Not with Netty's message, which
      // quotes them.
      malformed(ctx, "what HTTP/1.1 could not tell, " + e.getClass().getSimpleName());
      return;
    }
    for (ExtensionHeaderNames own : ExtensionHeaderNames.values()) {
      request.headers().remove(own.text());
    }
    HttpUtil.setTransferEncodingChunked(
        request, !head.isEndStream() && !HttpUtil.isContentLengthSet(request));
    ctx.fireChannelRead(request);
    if (head.isEndStream()) {
      ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private void malformed(ChannelHandlerContext ctx, String why) {
    connections.malformed();
    reset(ctx, why);
  }

  private static void reset(ChannelHandlerContext ctx, String why) {
    LOG.debug("an HTTP/2 stream is malformed: {}", why);
    ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** What Netty finds broken in a stream it resets itself, with the code that belongs to it. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception) {
      LOG.debug("an HTTP/2 stream failed: {}", cause.getMessage());
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
