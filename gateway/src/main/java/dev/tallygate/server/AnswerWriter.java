package dev.tallygate.server;

import dev.tallygate.proxy.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers of one connection: heads, bodies, and the framing of those whose length is not
 * known (RFC 9112 §7.1). Short pieces are gathered, so that most answers, and most events of a
 * stream, leave in one. Confined to the connection's event loop.
 */
final class AnswerWriter {
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

  AnswerWriter(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** How the end of a body is told. */
  enum Framing {
    /** By the length that the head tells, or by the end of the connection. */
    PLAIN,
    /** By a last chunk. */
    CHUNKED,
    /** It has none, whatever the head says of it. */
    BODILESS
  }

  /** Whether answers of a status never have a body (RFC 9110 §6.4.1, §15.3.6). */
  static boolean isBodiless(HttpResponseStatus status) {
    int code = status.code();
    return code == 204 || code == 205 || code == 304;
  }

  /**
   * Begins an answer with a head, which it completes.
   *
   * @param bodyBytes the length of the body, as far as it is known
   */
  void head(HeadWriter head, Framing framing, long bodyBytes) {
    chunked = framing == Framing.CHUNKED;
    bodiless = framing == Framing.BODILESS;
    if (chunked) {
      head.line(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    head.endLine();
    boolean together = !bodiless && bodyBytes <= LARGEST_COPY;
    head.copyTo(room(head.length() + (together ? (int) bodyBytes : 0) + LONGEST_FRAME));
  }

  /** Adds a part of the body, of which it takes ownership. */
  void body(ByteBuf part) {
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

  /** Ends the answer with the last part of its body, which may be empty; takes ownership. */
  void end(ByteBuf last) {
    body(last);
    if (chunked) {
      room(LAST_CHUNK.length).writeBytes(LAST_CHUNK);
    }
    write();
  }

  /** Hands what was gathered to the channel, which sends it with its next flush. */
  void write() {
    ByteBuf out = gathered;
    if (out != null) {
      gathered = null;
      ctx.write(out, ctx.voidPromise());
    }
  }

  /** Forgets what was not handed over. */
  void drop() {
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
