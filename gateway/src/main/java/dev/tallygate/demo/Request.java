package dev.tallygate.demo;

import com.sun.net.httpserver.HttpExchange;
import dev.tallygate.model.ApiFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/**
 * One HTTP exchange of the simulated upstream, and the ways to answer it.
 *
 * @param number identifies the response
 */
record Request(HttpExchange http, ApiFormat format, long number) {
  String method() {
    return http.getRequestMethod();
  }

  /** The first value of a header, or the empty string. */
  String header(String name) {
    String value = http.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  void refuse(VendorError error) throws IOException {
    if (error.status() == 429 && error.zaiCode() == null) {
      http.getResponseHeaders()
          .set("retry-after", Integer.toString(VendorError.RETRY_AFTER_SECONDS));
    }
    reply(error.status(), error.body(format, id()));
  }

  void reply(int status, ObjectNode body) throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    identify("application/json");
    http.sendResponseHeaders(status, bytes.length);
    http.getResponseBody().write(bytes);
  }

  /** Begins a stream of events; its body is chunked. */
  OutputStream open() throws IOException {
    identify("text/event-stream");
    http.getResponseHeaders().set("cache-control", "no-cache");
    http.sendResponseHeaders(200, 0);
    return http.getResponseBody();
  }

  private void identify(String contentType) {
    http.getResponseHeaders().set("content-type", contentType);
    http.getResponseHeaders()
        .set(format == ApiFormat.ANTHROPIC ? "request-id" : "x-request-id", id());
  }

  private String id() {
    return String.format("req_%016x", number);
  }
}
