package dev.tallygate.server;

import dev.tallygate.proxy.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer of one HTTP/2 stream (RFC 9113 §8.1). The end of a body is a flag of its last
 * frame, and headers about the connection have no meaning (§8.2.2). Confined to the connection's
 * event loop.
 */
final class Http2Writer implements AnswerWriter {
  private final ChannelHandlerContext ctx;
  private boolean bodiless;
  private boolean ended;
  private @Nullable ChannelFuture latest;

  Http2Writer(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  @Override
  public void goOn() {
    ctx.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("100"), false));
  }

  @Override
  public void head(HeadWriter head, Framing framing, long bodyBytes) {
    bodiless = framing == Framing.BODILESS;
    Http2Headers headers = new DefaultHttp2Headers();
    headers.status(head.status());
    head.forEachLine((name, value) -> add(headers, name.toLowerCase(), value));
    latest = ctx.write(new DefaultHttp2HeadersFrame(headers, false));
  }

  private static void add(Http2Headers to, AsciiString name, AsciiString value) {
    if (!HttpHeaderValidationUtil.isConnectionHeader(name, true)) {
      to.add(name, value);
    }
  }

  @Override
  public void body(ByteBuf part) {
    if (bodiless || !part.isReadable()) {
      part.release();
    } else {
      latest = ctx.write(new DefaultHttp2DataFrame(part, false));
    }
  }

  @Override
  public void end(ByteBuf last) {
    ended = true;
    ByteBuf content = last;
    if (bodiless) {
      last.release();
      content = Unpooled.EMPTY_BUFFER;
    }
    latest = ctx.write(new DefaultHttp2DataFrame(content, true));
  }

  @Override
  public void write() {
    // Nothing is gathered: frames are put together below TLS.
  }

  @Override
  public ChannelFuture flushed() {
    ctx.flush();
    ChannelFuture written = latest == null ? ctx.newSucceededFuture() : latest;
    if (ended) {
      return written;
    }
    ended = true;
    // So that an answer which breaks off is not taken for a whole one; behind all of it that there
    // is, which waits for the client's window where a reset does not.
    ChannelPromise told = ctx.newPromise();
    // Not INTERNAL_ERROR: that Netty takes for the work of a hostile client, and a trouble of the
    // upstream would end a busy connection.
    written.addListener(done -> reset(Http2Error.CANCEL, told));
    return told;
  }

  @Override
  public void endOutput() {
    // Whole, before the request was: the client need not send the rest (RFC 9113 §8.1).
    reset(Http2Error.NO_ERROR, ctx.newPromise());
  }

  private void reset(Http2Error why, ChannelPromise told) {
    ctx.writeAndFlush(new DefaultHttp2ResetFrame(why), told);
  }

  @Override
  public void drop() {
    // Nothing is gathered.
  }
}
