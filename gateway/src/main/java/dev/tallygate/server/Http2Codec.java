package dev.tallygate.server;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * Makes Netty's codec, but that frames of streams that are gone are ignored (RFC 9113 §5.1). Netty
 * answers each of them with one more reset, and counts those against what a client may make the
 * gateway reset: who had begun a long upload that was refused would lose the connection by it.
 */
final class Http2Codec extends Http2FrameCodecBuilder {
  Http2Codec() {
    server(true);
  }

  @Override
  protected Http2FrameCodec build(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    return super.build(decoder, new ResetsOnce(encoder), settings);
  }

  private static final class ResetsOnce extends DecoratingHttp2ConnectionEncoder {
    ResetsOnce(Http2ConnectionEncoder encoder) {
      super(encoder);
    }

    @Override
    public ChannelFuture writeRstStream(
        ChannelHandlerContext ctx, int stream, long code, ChannelPromise promise) {
      boolean gone = code == Http2Error.STREAM_CLOSED.code() && connection().stream(stream) == null;
      return gone ? promise.setSuccess() : super.writeRstStream(ctx, stream, code, promise);
    }
  }
}
