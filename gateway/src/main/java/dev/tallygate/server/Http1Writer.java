package dev.tallygate.server;

import dev.tallygate.proxy.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers as HTTP/1.1: heads, bodies, and the framing of those whose length is not known
 * (RFC 9112 §7.1). Short pieces are gathered, so that most answers, and most events of a stream,
 * leave in one. Confined to the connection's event loop.
 */
final class Http1Writer implements AnswerWriter {
  private static final ByteBuf CONTINUE =
      Unpooled.unreleasableBuffer(
          Unpooled.copiedBuffer("HTTP/1.1 100 Continue\r\n\r\n", StandardCharsets.US_ASCII));

  /** A longer part costs more to copy than to send as a piece of its own. */
  private static final int LARGEST_COPY = 4 * 1024;

  private static final int LINE_END = '\r' << 8 | '\n';

  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** A chunk's length in hexadecimal digits, two line ends, and the chunk that ends the body. */
  private static final int LONGEST_FRAME = 8 + 4 + LAST_CHUNK.length;

  private final ChannelHandlerContext ctx;
  private @Nullable ByteBuf gathered;
  private boolean chunked;
  private boolean bodiless;

  Http1Writer(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  @Override
  public void goOn() {
    ctx.writeAndFlush(CONTINUE.duplicate());
  }

  @Override
  public void head(HeadWriter head, Framing framing, long bodyBytes) {
    chunked = framing == Framing.CHUNKED;
    bodiless = framing == Framing.BODILESS;
    if (chunked) {
      head.line(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    head.endLine();
    boolean together = !bodiless && bodyBytes <= LARGEST_COPY;
    head.copyTo(room(head.length() + (together ? (int) bodyBytes : 0) + LONGEST_FRAME));
  }

  @Override
  public void body(ByteBuf part) {
    int size = part.readableBytes();
    if (bodiless || size == 0) {
      part.release();
      return;
    }
    if (size > LARGEST_COPY) {
      beginChunk(size, 0);
      write();
      ctx.write(part, ctx.voidPromise());
    } else {
      beginChunk(size, size);
      room(size).writeBytes(part);
      part.release();
    }
    if (chunked) {
      room(LONGEST_FRAME).writeShort(LINE_END);
    }
  }

  /** Leaves room for so many of its bytes, and the end of the chunk. */
  private void beginChunk(int size, int copied) {
    if (chunked) {
      ByteBuf out = room(copied + LONGEST_FRAME);
      writeHex(size, out);
      out.writeShort(LINE_END);
    }
  }

  private static void writeHex(int number, ByteBuf out) {
    int digits = (35 - Integer.numberOfLeadingZeros(number)) / 4;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.writeByte(Character.forDigit(number >> shift & 0xf, 16));
    }
  }

  @Override
  public void end(ByteBuf last) {
    body(last);
    if (chunked) {
      room(LAST_CHUNK.length).writeBytes(LAST_CHUNK);
    }
    write();
  }

  @Override
  public void write() {
    ByteBuf out = gathered;
    if (out != null) {
      gathered = null;
      ctx.write(out, ctx.voidPromise());
    }
  }

  @Override
  public ChannelFuture flushed() {
    write();
    return ctx.writeAndFlush(Unpooled.EMPTY_BUFFER);
  }

  @Override
  public void endOutput() {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (tls == null) {
      ((DuplexChannel) ctx.channel()).shutdownOutput();
    } else {
      tls.closeOutbound();
    }
  }

  @Override
  public void drop() {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }

  /** A buffer that takes so many more bytes. */
  private ByteBuf room(int bytes) {
    if (gathered != null && gathered.maxFastWritableBytes() < bytes) {
      write();
    }
    if (gathered == null) {
      gathered = ctx.alloc().directBuffer(bytes);
    }
    return gathered;
  }
}
