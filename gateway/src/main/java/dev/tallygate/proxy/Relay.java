package dev.tallygate.proxy;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Secret;
import dev.tallygate.usage.UsageExtractor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries one exchange to its upstream and the answer back, read by read. Confined to the
 * exchange's event loop.
 *
 * <p>Both sides push back: the request's body is in memory before the call is made, and while the
 * client reads slower than the upstream writes, the upstream is not read.
 */
public final class Relay extends Deadlines.Owner implements UpstreamCall {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /** A longer one costs more to copy than to send as a piece of its own. */
  private static final int LARGEST_BODY_WITH_HEAD = 4 * 1024;

  /** Between a stream's last event and the end of the HTTP message, which come together. */
  private static final Duration MESSAGE_END_PATIENCE = Duration.ofSeconds(1);

  private final Exchange exchange;
  private final UpstreamTarget target;
  private final String uri;
  private final Secret credential;

  private @Nullable UpstreamConnection connection;
  private @Nullable UsageExtractor extractor;
  private boolean eventStream;
  private boolean retried;
  private boolean over;
  private boolean unflushed;
  private @Nullable StreamEnding ending;
  private int lastTwoBytes;

  /**
   * Prepares the call; {@link #start} makes it.
   *
   * @param uri path and query below the upstream's base path
   * @param credential what the upstream is shown
   */
  public Relay(Exchange exchange, UpstreamTarget target, String uri, Secret credential) {
    this.exchange = exchange;
    this.target = target;
    this.uri = uri;
    this.credential = credential;
  }

  /** Makes the call. */
  public void start() {
    exchange.relayedBy(this);
    deadlines().add(this);
    within(exchange.worker().timeouts().connect());
    exchange.worker().upstreams().acquire(target, this);
  }

  /** The client has gone: the upstream should stop working for it. */
  void cancel() {
    if (over) {
      return;
    }
    over();
    dropEnding();
    if (connection != null) {
      connection.abandon();
    }
  }

  void clientWritable() {
    if (!over && connection != null && exchange.hasBegun()) {
      connection.reading(true);
      within(ending == null ? exchange.worker().timeouts().idle() : MESSAGE_END_PATIENCE);
    }
  }

  @Override
  public void connected(UpstreamConnection ready) {
    if (over) {
      ready.abandon();
      return;
    }
    connection = ready;
    within(exchange.worker().timeouts().header());
    // The exchange keeps the body until an answer begins: a stale connection means sending it
    // again.
    send(ready);
  }

  private void send(UpstreamConnection ready) {
    HttpRequest request = exchange.request();
    ByteBuf body = exchange.body();
    int length = body.readableBytes();
    boolean bodiless = length == 0 && !mayHaveBody(request.method());
    HeadWriter head = exchange.worker().heads();
    HeaderRules.toUpstream(
        request, exchange.trace(), target, uri, credential, bodiless ? -1 : length, head);
    boolean together = length <= LARGEST_BODY_WITH_HEAD;
    ByteBuf first = ready.alloc().directBuffer(head.length() + (together ? length : 0));
    head.copyTo(first);
    if (together) {
      first.writeBytes(body, body.readerIndex(), length);
    }
    ready.send(
        first,
        together ? null : body.retainedDuplicate(),
        request.method().equals(HttpMethod.HEAD),
        exchange.worker().flushes());
    exchange.sentTo(target);
  }

  @Override
  public void notConnected(Throwable cause) {
    if (!over) {
      LOG.warn("upstream {} not reached: {}", target.hostHeader(), cause.toString());
      fail(
          cause instanceof ConnectTimeoutException
              ? UpstreamErrors.CONNECT_TIMEOUT
              : UpstreamErrors.UNREACHABLE);
    }
  }

  @Override
  public void answered(HttpResponse head) {
    int status = head.status().code();
    if (status == 401 || status == 403) {
      credentialRefused(status);
      return;
    }
    within(exchange.worker().timeouts().idle());
    if (head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)
        && !head.headers()
            .contains(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.IDENTITY, true)) {
      LOG.warn(
          "upstream {} compressed an answer though it was asked not to: its usage is not counted",
          target.hostHeader());
    }
    String type = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    eventStream = isType(type, "text/event-stream");
    extractor = extractorFor(type);
    exchange.metered(extractor);
    exchange.relaying(status, eventStream);
    // Of a stream, a chunk may be taken out, or an error event put in.
    exchange.client().head(head, !eventStream);
  }

  private @Nullable UsageExtractor extractorFor(String contentType) {
    if (!mayHaveBody(exchange.request().method())) {
      // A look at an answer made before shows its usage once more: it was counted when it was made.
      return null;
    }
    if (eventStream) {
      return UsageExtractor.forEventStream(target.format(), exchange.hidesUsageChunk());
    }
    return isType(contentType, "application/json") ? UsageExtractor.forJson(target.format()) : null;
  }

  @Override
  public void received(HttpContent part) {
    boolean last = part instanceof LastHttpContent;
    if (over) {
      part.release();
      return;
    }
    ByteBuf content = metered(part.content());
    if (last) {
      complete(content);
      return;
    }
    int endingBytes = extractor == null ? 0 : extractor.endingBytes();
    if (ending != null || endingBytes > 0) {
      passUpToEnding(content, endingBytes);
      return;
    }
    pass(content);
    if (exchange.client().isWritable()) {
      within(exchange.worker().timeouts().idle());
    } else if (connection != null) {
      connection.reading(false);
    }
  }

  @Override
  public void readComplete() {
    flush();
  }

  private void flush() {
    unflushed = false;
    exchange.client().flush();
  }

  /** A stream's last event is kept until its usage is committed; what comes before it goes. */
  private void passUpToEnding(ByteBuf part, int endingBytes) {
    int before = part.readableBytes() - endingBytes;
    if (ending == null && before > 0) {
      pass(part.readRetainedSlice(before));
    }
    if (ending == null) {
      ending = new StreamEnding();
      within(MESSAGE_END_PATIENCE);
    }
    if (!ending.add(part)) {
      endWithoutMessageEnd();
    }
  }

  /** The answer has come whole. */
  private void complete(ByteBuf content) {
    ByteBuf last = lastBytes(content);
    over();
    if (unflushed) {
      // There will be no word that this read is complete, and the last bytes may have to wait.
      flush();
    }
    exchange.finish(last);
  }

  /** The stream has ended, the message around it has not: the upstream forgot to, or dawdles. */
  private void endWithoutMessageEnd() {
    if (connection != null) {
      connection.abandon();
    }
    complete(Unpooled.EMPTY_BUFFER);
  }

  @Override
  public void notUnderstood(Throwable cause) {
    LOG.warn("upstream {} answered what is not HTTP: {}", target.hostHeader(), cause.toString());
    fail(UpstreamErrors.NOT_UNDERSTOOD);
  }

  @Override
  public void closed() {
    UpstreamConnection gone = connection;
    connection = null;
    if (over) {
      return;
    }
    if (gone != null && gone.mayHaveBeenStale() && !retried) {
      retried = true;
      within(exchange.worker().timeouts().connect());
      exchange.worker().upstreams().connect(target, this);
    } else {
      fail(UpstreamErrors.CLOSED);
    }
  }

  @Override
  protected void deadlinePassed() {
    UpstreamConnection slow = connection;
    if (ending == null && slow != null && exchange.hasBegun() && !exchange.client().isWritable()) {
      // It is the client that has read nothing for so long.
      slow.abandon();
      over();
      exchange.client().cut();
      exchange.finish(Outcome.CLIENT_GONE);
      return;
    }
    ApiError error =
        slow == null
            ? UpstreamErrors.CONNECT_TIMEOUT
            : exchange.hasBegun() ? UpstreamErrors.IDLE_TIMEOUT : UpstreamErrors.HEADER_TIMEOUT;
    if (slow != null) {
      slow.abandon();
    }
    fail(error);
  }

  private void credentialRefused(int status) {
    ApiKey key = exchange.key();
    boolean holderCredential = key != null && key.upstreamKey() != null;
    LOG.error(
        "upstream {} refused {} with {}: calls fail until it is replaced",
        target.hostHeader(),
        holderCredential ? "the upstream key of a user" : "the gateway's credential",
        status);
    if (connection != null) {
      connection.abandon();
    }
    fail(
        holderCredential
            ? UpstreamErrors.HOLDER_CREDENTIAL_REFUSED
            : UpstreamErrors.CREDENTIAL_REFUSED);
  }

  /** The call cannot go on: an error answer where there is still a status to give, else a cut. */
  private void fail(ApiError error) {
    if (ending != null) {
      endWithoutMessageEnd();
      return;
    }
    over();
    if (!exchange.hasBegun()) {
      exchange.client().refuse(error);
      return;
    }
    if (eventStream) {
      String end = lastTwoBytes == ('\n' << 8 | '\n') ? "" : "\n\n";
      pass(Unpooled.copiedBuffer(end, StandardCharsets.US_ASCII));
      pass(Unpooled.wrappedBuffer(error.event(target.format(), exchange.requestId())));
    }
    exchange.client().cut();
    exchange.finish(Outcome.UPSTREAM_BROKEN);
  }

  private void over() {
    over = true;
    deadlines().remove(this);
  }

  private void dropEnding() {
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

  private void within(Duration limit) {
    deadlines().set(this, limit.toNanos());
  }

  private Deadlines deadlines() {
    return exchange.worker().deadlines();
  }

  private static boolean mayHaveBody(HttpMethod method) {
    return method.equals(HttpMethod.POST)
        || method.equals(HttpMethod.PUT)
        || method.equals(HttpMethod.PATCH);
  }

  private static boolean isType(String contentType, String type) {
    return contentType.regionMatches(true, 0, type, 0, type.length());
  }
}
