package dev.tallygate.server;

import dev.tallygate.pages.PageFile;
import dev.tallygate.pages.PageFiles;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page on which a key's holder sees quota, usage and how to set up a client: {@code /} for who
 * asks for HTML, and the files that it loads.
 */
final class HolderPage {
  private static final String ROOT = "/";
  private static final String OWN = "/dev/tallygate/server/";

  private final PageFiles files =
      new PageFiles(
          "/ui/",
          Map.of(
              ROOT,
              OWN + "index.html",
              "/ui/app.js",
              OWN + "app.js",
              "/ui/setup.js",
              OWN + "setup.js",
              "/ui/snippets.js",
              OWN + "snippets.js",
              "/ui/app.css",
              OWN + "app.css"));

  /** Whether the page or one of its files is what a request may be for. */
  boolean has(String path) {
    return files.find(path) != null;
  }

  /** The answer to a read request, or null where it is not for the page. */
  @Nullable FullHttpResponse answer(String path, HttpRequest request) {
    PageFile file = files.find(path);
    if (file == null || (path.equals(ROOT) && !wantsHtml(request.headers()))) {
      return null;
    }
    String held = request.headers().get(HttpHeaderNames.IF_NONE_MATCH);
    FullHttpResponse answer =
        held != null && file.isHeldBy(held)
            ? new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_MODIFIED, Unpooled.EMPTY_BUFFER)
            : whole(file);
    HttpHeaders headers = answer.headers();
    PageFiles.HEADERS.forEach(headers::set);
    headers.set(HttpHeaderNames.ETAG, file.etag());
    if (path.equals(ROOT)) {
      headers.set(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT);
    }
    return answer;
  }

  private static FullHttpResponse whole(PageFile file) {
    byte[] bytes = file.bytes();
    FullHttpResponse answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(bytes));
    answer.headers().set(HttpHeaderNames.CONTENT_TYPE, file.contentType());
    answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
    return answer;
  }

  /** Browsers name HTML; API clients do not, or ask for anything. */
  static boolean wantsHtml(HttpHeaders headers) {
    return headers.getAll(HttpHeaderNames.ACCEPT).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(range -> range.strip().toLowerCase(Locale.ROOT).replace(" ", ""))
        .anyMatch(range ->
            range.equals("text/html")
                || (range.startsWith("text/html;") && !range.matches(".*;q=0(\\.0*)?")));
  }
}
