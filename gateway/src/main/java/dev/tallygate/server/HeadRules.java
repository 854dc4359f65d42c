package dev.tallygate.server;

import dev.tallygate.proxy.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a head must keep to beyond being well-formed, which the decoder sees to, so that whoever
 * stands between client and gateway reads it in the same way.
 */
final class HeadRules {
  private HeadRules() {}

  /** Why a request is not to be served and its connection not to be believed further, or null. */
  static @Nullable ApiError fault(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return Refusals.HTTP_VERSION;
    }
    boolean old = version.minorVersion() == 0;
    HttpHeaders headers = request.headers();
    // RFC 9112 §3.2, whatever the form of the target.
    var hosts = headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
    boolean named = hosts.hasNext();
    if (named) {
      hosts.next();
    }
    if (named ? hosts.hasNext() : !old) {
      return Refusals.HOST;
    }
    // What was coded otherwise as well would reach the upstream without a word of it (§6.1).
    String coding = headers.get(HttpHeaderNames.TRANSFER_ENCODING);
    if (coding != null && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)) {
      return Refusals.TRANSFER_CODING;
    }
    // RFC 9110 §10.1.1; of an old client it means nothing.
    String expectation = old ? null : headers.get(HttpHeaderNames.EXPECT);
    if (expectation != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
      return Refusals.EXPECTATION;
    }
    return hasUndeclaredBody(request) ? Refusals.MALFORMED : null;
  }

  /**
   * Netty takes eight bytes behind such a head for the key of an early draft of WebSockets, which
   * to everybody else begin the next request.
   */
  private static boolean hasUndeclaredBody(HttpRequest request) {
    return request.method().equals(HttpMethod.GET)
        && request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1);
  }
}
