package dev.tallygate.proxy;

import dev.tallygate.model.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;

/** Writes an exchange's request as its upstream is to read it. Stateless. */
final class UpstreamRequest {
  /** A longer one costs more to copy than to send as a piece of its own. */
  private static final int LARGEST_BODY_WITH_HEAD = 4 * 1024;

  private UpstreamRequest() {}

  /**
   * Sends it; the exchange keeps its body.
   *
   * @param uri path and query below the target's base path
   * @param credential what the upstream is shown
   */
  static void send(
      Exchange exchange,
      UpstreamTarget target,
      String uri,
      Secret credential,
      UpstreamConnection to) {
    HttpRequest request = exchange.request();
    ByteBuf body = exchange.body();
    int length = body.readableBytes();
    boolean bodiless = length == 0 && !mayHaveBody(request.method());
    HeadWriter head = exchange.worker().heads();
    HeaderRules.toUpstream(
        request, exchange.trace(), target, uri, credential, bodiless ? -1 : length, head);
    boolean together = length <= LARGEST_BODY_WITH_HEAD;
    ByteBuf first = to.alloc().directBuffer(head.length() + (together ? length : 0));
    head.copyTo(first);
    if (together) {
      first.writeBytes(body, body.readerIndex(), length);
    }
    to.send(
        first,
        together ? null : body.retainedDuplicate(),
        request.method().equals(HttpMethod.HEAD),
        exchange.worker().flushes());
  }

  static boolean mayHaveBody(HttpMethod method) {
    return method.equals(HttpMethod.POST)
        || method.equals(HttpMethod.PUT)
        || method.equals(HttpMethod.PATCH);
  }
}
