package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.model.KeyDigest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The dashboard's files: those of a fixed list and no others, so that no path leads anywhere else.
 * They hold nothing secret; what they show they ask the admin API for.
 */
final class Dashboard {
  /** Where a file is asked for, and its name among the resources of this package. */
  private static final Map<String, String> FILES =
      new TreeMap<>(
          Map.of(
              "/", "index.html",
              "/assets/app.js", "app.js",
              "/assets/app.css", "app.css"));

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "txt", "text/plain; charset=utf-8");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src"
          + " 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private record File(String type, ByteBuffer body, String etag) {}

  private final Map<String, File> read = new ConcurrentHashMap<>();

  List<Route> routes() {
    return FILES.entrySet().stream()
        .map(file ->
            new Route(
                "GET", file.getKey(), Access.OPEN, call -> reply(file.getValue(), call.request())))
        .toList();
  }

  private Reply reply(String name, Request request) throws IOException {
    File file = read.get(name);
    if (file == null) {
      file = read(name);
      read.put(name, file);
    }
    boolean known = request.header(HttpHeaderNames.IF_NONE_MATCH).contains(file.etag());
    return (known ? Reply.empty(304) : Reply.of(file.type(), file.body()))
        .with("etag", file.etag())
        // Asked again each time, so that a new version of the gateway shows its own pages.
        .with("cache-control", "no-cache")
        .with("content-security-policy", POLICY)
        .with("cross-origin-opener-policy", "same-origin");
  }

  private static File read(String name) throws IOException {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its file " + name);
      }
      byte[] body = in.readAllBytes();
      String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "");
      return new File(type, ByteBuffer.wrap(body), '"' + etag(body) + '"');
    }
  }

  private static String etag(byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return KeyDigest.of(text).hex().substring(0, 16);
  }
}
