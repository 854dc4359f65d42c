package dev.tallygate.proxy;

import dev.tallygate.upstream.ZaiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An error of the upstream's that is looked at before the client is answered, for what it says of
 * the account and whether the call may be made once more. Confined to the exchange's event loop.
 */
final class ErrorAnswer {
  /** How long the rest of it is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Errors are short; a longer answer is passed on unread. */
  private static final int MAX_BYTES = 16 * 1024;

  private final HttpResponse head;
  private final CompositeByteBuf body = Unpooled.compositeBuffer(Integer.MAX_VALUE);

  ErrorAnswer(HttpResponse head) {
    this.head = head;
  }

  /** Whether an answer is looked at. */
  static boolean isWorthALook(HttpResponse head, Set<Integer> retried) {
    int status = head.status().code();
    if (status < 400) {
      return false;
    }
    String type = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    return retried.contains(status)
        || type.regionMatches(true, 0, "application/json", 0, "application/json".length());
  }

  HttpResponse head() {
    return head;
  }

  /** Takes a part and its ownership; false when it has become too long to be looked at. */
  boolean add(ByteBuf part) {
    body.addComponent(true, part);
    return body.readableBytes() <= MAX_BYTES;
  }

  /** What Z.AI says with it, or null where another upstream does. */
  @Nullable ZaiError zai(UpstreamTarget from) {
    return ZaiError.parse(ByteBufUtil.getBytes(body), from.isZai());
  }

  /** Whether the operator has calls made once more after it, by its status or Z.AI's code. */
  boolean isRetried(@Nullable ZaiError zai, Set<Integer> retried) {
    return retried.contains(head.status().code()) || (zai != null && retried.contains(zai.code()));
  }

  /** How long the upstream asks to wait, or null where it asks for nothing that can be read. */
  @Nullable Duration retryAfter() {
    String seconds = head.headers().get(HttpHeaderNames.RETRY_AFTER, "");
    return seconds.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(seconds)) : null;
  }

  /** The body so far, whose ownership goes with it. */
  ByteBuf take() {
    return body;
  }

  void release() {
    body.release();
  }
}
