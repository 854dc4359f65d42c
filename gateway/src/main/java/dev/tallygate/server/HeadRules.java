package dev.tallygate.server;

import dev.tallygate.proxy.ApiError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a head must keep to beyond being well-formed, which the decoder sees to, so that whoever
 * stands between client and gateway reads it in the same way.
 */
final class HeadRules {
  private static final AsciiString X_API_KEY = AsciiString.cached("x-api-key");
  private static final boolean[] OF_A_HOST = ofAHost();

  private HeadRules() {}

  /** Why a request is not to be served and its connection not to be believed further, or null. */
  static @Nullable ApiError fault(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    if (version.majorVersion() != 1) {
      return Refusals.HTTP_VERSION;
    }
    boolean old = version.minorVersion() == 0;
    HttpHeaders headers = request.headers();
    ApiError fault = faultOfHeaders(headers, old);
    if (fault != null) {
      return fault;
    }
    // A fragment is for the client alone (RFC 9110 §7.1); servers differ in what they make of one.
    if (request.uri().indexOf('#') >= 0) {
      return Refusals.MALFORMED;
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

  /** Of those that may be there once; goes through all, which takes less than asking for each. */
  private static @Nullable ApiError faultOfHeaders(HttpHeaders headers, boolean old) {
    int hosts = 0;
    int authorizations = 0;
    int apiKeys = 0;
    var all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = all.next();
      CharSequence name = header.getKey();
      if (HttpHeaderNames.HOST.contentEqualsIgnoreCase(name)) {
        hosts += isHost(header.getValue()) ? 1 : 2;
      } else if (HttpHeaderNames.AUTHORIZATION.contentEqualsIgnoreCase(name)) {
        authorizations++;
      } else if (X_API_KEY.contentEqualsIgnoreCase(name)) {
        apiKeys++;
      }
    }
    // RFC 9112 §3.2, whatever the form of the target.
    if (hosts > 1 || (hosts == 0 && !old)) {
      return Refusals.HOST;
    }
    // Servers differ in which one they take.
    return authorizations > 1 || apiKeys > 1 ? Refusals.CREDENTIALS : null;
  }

  /** Whether it is made of what a host and a port are (RFC 3986 §3.2); none at all is one too. */
  private static boolean isHost(CharSequence value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c >= OF_A_HOST.length || !OF_A_HOST[c]) {
        return false;
      }
    }
    return true;
  }

  private static boolean[] ofAHost() {
    boolean[] allowed = new boolean[128];
    for (char c = 0; c < allowed.length; c++) {
      allowed[c] = Character.isLetterOrDigit(c) || "-._~%!$&'()*+,;=:[]".indexOf(c) >= 0;
    }
    return allowed;
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
