package dev.tallygate.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests, as strictly as RFC 9112 lets a server: every line ends in CR LF, the words of a
 * request line are told apart by one space (§3), no line goes on in the next (§5.2), and one way of
 * framing a body excludes the other (§6.1). The number of header lines is bounded, not only their
 * bytes: a line of two bytes takes a hundred in memory. While it is paused, bytes stay bytes: one
 * read may hold thousands of requests.
 */
final class RequestDecoder extends HttpRequestDecoder implements Intake {
  private static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
  static final int MAX_HEADER_BYTES = 64 * 1024;
  private static final int MAX_HEADER_LINES = 250;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;
  private static final byte[] BARE_LINE_FEED = {'\n'};

  /** Of the message that is being read, its trailers included. */
  private int headerLines;

  /** Whether nothing has arrived yet of what follows a header line. */
  private boolean lineAwaited;

  /** Where the word before ends, in the request line that is being read. */
  private int wordEnd;

  private @Nullable ChannelHandlerContext ctx;
  private boolean paused;

  RequestDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxChunkSize(MAX_CHUNK_BYTES)
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    if (ctx != null) {
      ctx.executor().execute(this::takeUp);
    }
  }

  private void takeUp() {
    if (ctx != null && !ctx.isRemoved()) {
      try {
        channelRead(ctx, Unpooled.EMPTY_BUFFER);
      } catch (Exception e) {
        ctx.fireExceptionCaught(e);
      }
    }
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws Exception {
    if (paused) {
      return;
    }
    if (lineAwaited && goesOnIn(in)) {
      // Netty would have it go on the line before; what it does refuse ends the message instead.
      in.skipBytes(in.readableBytes());
      super.decode(context, Unpooled.wrappedBuffer(BARE_LINE_FEED), out);
      return;
    }
    lineAwaited = false;
    super.decode(context, in, out);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    // Netty's own would read on after a read that gave no message, which is what pausing is
    // against.
    discardSomeReadBytes();
    context.fireChannelReadComplete();
  }

  @Override
  protected HttpMessage createMessage(String[] requestLine) throws Exception {
    headerLines = 0;
    return super.createMessage(requestLine);
  }

  @Override
  protected AsciiString splitHeaderName(byte[] line, int start, int length) {
    headerLines++;
    if (headerLines > MAX_HEADER_LINES) {
      throw new TooLongHttpHeaderException("more than " + MAX_HEADER_LINES + " header lines");
    }
    ByteBuf rest = internalBuffer();
    lineAwaited = !rest.isReadable();
    if (!lineAwaited && goesOnIn(rest)) {
      throw new IllegalArgumentException("a folded header line");
    }
    return super.splitHeaderName(line, start, length);
  }

  /** Whether what follows a header line would make one with it, in Netty's eyes and others'. */
  private static boolean goesOnIn(ByteBuf rest) {
    byte first = rest.getByte(rest.readerIndex());
    return first == ' ' || first == '\t';
  }

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    require(start == 0);
    wordEnd = start + length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    wordEnd = start + length;
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    requireOneSpace(line, start);
    String version = super.splitThirdWordInitialLine(line, start, length);
    // Upper and lower case are not the same (RFC 9112 §2.3), which they are to Netty.
    require(version.startsWith("HTTP/"));
    return version;
  }

  /** Netty takes any blanks or bare CRs between words for a space. */
  private void requireOneSpace(byte[] line, int start) {
    require(start == wordEnd + 1 && line[wordEnd] == ' ');
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("not a request line");
    }
  }
}
