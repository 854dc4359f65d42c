package dev.tallygate.server;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a stream's request the form that one of HTTP/1.1 has, without what Netty adds to it, and
 * lets streams end that break the protocol.
 */
final class Http2RequestHead extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2RequestHead.class);

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest request) {
      for (ExtensionHeaderNames own : ExtensionHeaderNames.values()) {
        request.headers().remove(own.text());
      }
      takeHostOnce(request.headers());
    }
    if (message instanceof FullHttpRequest whole) {
      // One without a body comes in one piece, and everybody behind this expects two.
      ctx.fireChannelRead(
          new DefaultHttpRequest(
              whole.protocolVersion(), whole.method(), whole.uri(), whole.headers()));
      ctx.fireChannelRead(new DefaultLastHttpContent(whole.content()));
    } else {
      ctx.fireChannelRead(message);
    }
  }

  /**
   * It may be told twice, as {@code :authority} and as {@code host}, if alike (RFC 9113 §8.3.1).
   */
  private static void takeHostOnce(HttpHeaders headers) {
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() == 2 && hosts.getFirst().equalsIgnoreCase(hosts.getLast())) {
      headers.set(HttpHeaderNames.HOST, hosts.getFirst());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception || cause instanceof DecoderException) {
      LOG.debug("an HTTP/2 stream failed: {}", cause.getMessage());
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
