package dev.tallygate.server;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import org.jspecify.annotations.Nullable;

/**
 * Resets a stream whose path could not stand in a request line. Netty 4.2.18 refuses such a one
 * too, and leaks a buffer each time.
 */
final class Http2PathCheck extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    if (frame instanceof Http2HeadersFrame head && hasGap(head.headers().path())) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      ctx.fireChannelRead(frame);
    }
  }

  private static boolean hasGap(@Nullable CharSequence path) {
    return path != null && path.chars().anyMatch(c -> c <= ' ' || c == 0x7f);
  }
}
