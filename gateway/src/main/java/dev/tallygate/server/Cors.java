package dev.tallygate.server;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Cross-origin access for SDKs in browsers: any origin, no cookies, the headers that the preflight
 * asks for. A key is needed all the same.
 */
final class Cors {
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

  /**
   * Lets the script that asked read an answer; replaces what an upstream said of its own origins.
   */
  static void allow(HttpHeaders response) {
    response.remove(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS);
    response.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    response.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "*");
  }
}
