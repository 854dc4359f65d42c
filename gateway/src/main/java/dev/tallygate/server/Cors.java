package dev.tallygate.server;

import dev.tallygate.proxy.HeadWriter;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;

/**
 * Cross-origin access for SDKs in browsers: any origin, no cookies, the headers that the preflight
 * asks for. A key is needed all the same.
 */
final class Cors {
  private static final AsciiString ANYTHING = AsciiString.cached("*");
  private static final String DAY = "86400";

  private Cors() {}

  static boolean isPreflight(HttpRequest request) {
    return request.method().equals(HttpMethod.OPTIONS)
        && request.headers().contains(HttpHeaderNames.ORIGIN)
        && request.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
  }

  static FullHttpResponse preflight(HttpRequest request) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
    HttpHeaders headers = response.headers();
    headers.set(
        HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE");
    String asked = request.headers().get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
    if (asked != null) {
      headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    headers.set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, DAY);
    headers.set(HttpHeaderNames.VARY, HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
    return response;
  }

  /** Lets the script that asked read an answer, which says nothing else of origins. */
  static void allow(HeadWriter response) {
    response.line(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, ANYTHING);
    response.line(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, ANYTHING);
  }
}
