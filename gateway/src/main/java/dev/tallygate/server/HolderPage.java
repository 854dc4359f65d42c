package dev.tallygate.server;

import dev.tallygate.pages.PageFile;
import dev.tallygate.pages.PageFiles;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The page on which a key's holder sees quota, usage and how to set up a client: {@code /} for who
 * asks for HTML, and the files that it loads.
 */
final class HolderPage {
  private static final String ROOT = "/";

  private final PageFiles files =
      new PageFiles(
          "/ui/",
          "/dev/tallygate/server/",
          List.of("index.html", "app.js", "setup.js", "snippets.js", "app.css"));
  private final Set<String> paths = files.paths();

  /** Whether the page or one of its files is what a request may be for. */
  boolean has(String path) {
    return paths.contains(path);
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
    ByteBuf body = Unpooled.wrappedBuffer(file.body());
    FullHttpResponse answer =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    answer.headers().set(HttpHeaderNames.CONTENT_TYPE, file.contentType());
    answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
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
