package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.usage.UsageExtractor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer's way to the client: its usage is read as it passes, and a stream's last event is held
 * back until that is on record. Confined to the exchange's event loop.
 */
final class AnswerPass {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerPass.class);

  private final Exchange exchange;
  private final ApiFormat format;
  private final @Nullable UsageExtractor extractor;
  private final boolean eventStream;
  private boolean unflushed;
  private @Nullable StreamEnding ending;
  private int lastTwoBytes;

  /** Begins to answer the client. */
  AnswerPass(Exchange exchange, UpstreamTarget from, HttpResponse head) {
    this.exchange = exchange;
    this.format = from.format();
    warnIfCompressed(from, head.headers());
    String type = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    this.eventStream = isType(type, "text/event-stream");
    this.extractor = extractorFor(type);
    exchange.metered(extractor);
    exchange.relaying(head.status().code(), eventStream);
    // Of a stream, a chunk may be taken out, or an error event put in.
    exchange.client().head(head, !eventStream);
  }

  private static void warnIfCompressed(UpstreamTarget from, HttpHeaders headers) {
    if (headers.contains(HttpHeaderNames.CONTENT_ENCODING)
        && !headers.contains(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.IDENTITY, true)) {
      LOG.warn(
          "upstream {} compressed an answer though it was asked not to: its usage is not counted",
          from.hostHeader());
    }
  }

  private @Nullable UsageExtractor extractorFor(String contentType) {
    if (!UpstreamRequest.mayHaveBody(exchange.request().method())) {
      // A look at an answer made before shows its usage once more: it was counted when it was made.
      return null;
    }
    if (eventStream) {
      return UsageExtractor.forEventStream(format, exchange.hidesUsageChunk());
    }
    return isType(contentType, "application/json") ? UsageExtractor.forJson(format) : null;
  }

  /**
   * Passes on a part that is not the last; takes ownership.
   *
   * @return whether more can be expected: false when the stream around it has ended for good
   */
  boolean part(ByteBuf part) {
    ByteBuf content = metered(part);
    int endingBytes = extractor == null ? 0 : extractor.endingBytes();
    if (ending == null && endingBytes == 0) {
      pass(content);
      return true;
    }
    // A stream's last event is kept until its usage is committed; what comes before it goes.
    int before = content.readableBytes() - endingBytes;
    if (ending == null && before > 0) {
      pass(content.readRetainedSlice(before));
    }
    if (ending == null) {
      ending = new StreamEnding();
    }
    return ending.add(content);
  }

  /** Whether the stream's last event has come, and only the end of the message is missing. */
  boolean isEnding() {
    return ending != null;
  }

  /** Whether the client keeps up. */
  boolean keepsUp() {
    return ending != null || exchange.client().isWritable();
  }

  void flush() {
    unflushed = false;
    exchange.client().flush();
  }

  /** The answer has come whole; takes ownership of its last part. */
  void end(ByteBuf part) {
    finish(metered(part));
  }

  /** The stream has ended, the message around it has not: the upstream forgot to, or dawdles. */
  void endWithoutMessageEnd() {
    finish(Unpooled.EMPTY_BUFFER);
  }

  private void finish(ByteBuf content) {
    ByteBuf last = lastBytes(content);
    if (unflushed) {
      // There will be no word that this read is complete, and the last bytes may have to wait.
      flush();
    }
    exchange.finish(last);
  }

  /** It cannot go on, and there is no status left to give: the client is told as the format can. */
  void breakOff(ApiError error) {
    if (eventStream) {
      String end = lastTwoBytes == ('\n' << 8 | '\n') ? "" : "\n\n";
      pass(Unpooled.copiedBuffer(end, StandardCharsets.US_ASCII));
      pass(Unpooled.wrappedBuffer(error.event(format, exchange.requestId())));
    }
    exchange.client().cut();
    exchange.finish(Outcome.UPSTREAM_BROKEN);
  }

  /** The client has gone. */
  void drop() {
    if (ending != null) {
      ending.release();
      ending = null;
    }
  }

  /** Reads the usage; takes ownership and returns what is to be passed on. */
  @SuppressWarnings(
      "ReferenceEquality") // the extractor returns the very buffer when all of it passes
  private ByteBuf metered(ByteBuf part) {
    if (extractor == null || !part.isReadable()) {
      return part;
    }
    ByteBuffer view =
        part.nioBufferCount() == 1
            ? part.internalNioBuffer(part.readerIndex(), part.readableBytes())
            : part.nioBuffer();
    ByteBuffer forward = extractor.read(view);
    if (forward == view) {
      return part;
    }
    ByteBuf kept = Unpooled.copiedBuffer(forward);
    part.release();
    return kept;
  }

  private ByteBuf lastBytes(ByteBuf part) {
    ByteBuf whole = part;
    if (ending != null) {
      whole = ending.with(part);
      ending = null;
    }
    ByteBuffer rest = extractor == null ? null : extractor.finish();
    if (rest != null && rest.hasRemaining()) {
      whole = Unpooled.wrappedBuffer(whole, Unpooled.copiedBuffer(rest));
    }
    exchange.sent(whole.readableBytes());
    return whole;
  }

  private void pass(ByteBuf part) {
    int size = part.readableBytes();
    if (size == 0) {
      part.release();
      return;
    }
    exchange.sent(size);
    unflushed = true;
    if (eventStream) {
      int end = part.writerIndex();
      int before = size > 1 ? part.getUnsignedByte(end - 2) : lastTwoBytes & 0xff;
      lastTwoBytes = before << 8 | part.getUnsignedByte(end - 1);
    }
    exchange.client().body(part);
  }

  private static boolean isType(String contentType, String type) {
    return contentType.regionMatches(true, 0, type, 0, type.length());
  }
}
