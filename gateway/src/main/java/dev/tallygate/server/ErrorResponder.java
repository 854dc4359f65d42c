package dev.tallygate.server;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.proxy.ApiError;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;

/** Makes HTTP responses of the gateway's own answers. */
final class ErrorResponder {
  static final AsciiString X_REQUEST_ID = AsciiString.cached("x-request-id");

  /** The same under the name that Anthropic gives it. */
  static final AsciiString REQUEST_ID = AsciiString.cached("request-id");

  private ErrorResponder() {}

  /** An error in the shape of the API that was called. */
  static FullHttpResponse response(ApiError error, ApiFormat format, String requestId) {
    FullHttpResponse response = json(error.status(), error.body(format, requestId));
    error.headers().forEach((name, value) -> response.headers().set(name, value));
    return response;
  }

  /** A JSON answer. */
  static FullHttpResponse json(int status, byte[] body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    return response;
  }
}
