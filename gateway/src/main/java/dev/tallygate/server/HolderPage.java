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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

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

  /** Whether it is the page or one of its files that a read request is for. */
  boolean isFor(HttpRequest request, String path) {
    return has(path) && (!path.equals(ROOT) || wantsHtml(request.headers()));
  }

  /**
   * The answer to a request that is for the page.
   *
   * @param reader reads a file that is not in memory yet: unpacking and hashing are not for an
   *     event loop
   * @return complete if the file is in memory; else completes on the reader's thread
   */
  CompletableFuture<FullHttpResponse> answer(String path, HttpRequest request, Executor reader) {
    PageFile file = files.inMemory(path);
    return file != null
        ? CompletableFuture.completedFuture(answer(file, path, request))
        : CompletableFuture.supplyAsync(
            () -> answer(Objects.requireNonNull(files.find(path)), path, request), reader);
  }

  private static FullHttpResponse answer(PageFile file, String path, HttpRequest request) {
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
