package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Where the page's files are read: never on the thread that asks. */
class HolderPageReadingTest {
  private final HolderPage page = new HolderPage();
  private final Deque<Runnable> elsewhere = new ArrayDeque<>();

  private static HttpRequest get(String path) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path);
    request.headers().set("accept", "text/html");
    return request;
  }

  private CompletableFuture<FullHttpResponse> ask(String path) {
    return page.answer(path, get(path), elsewhere::add);
  }

  @Test
  void file_isReadElsewhereAtFirst_andThenInMemory() {
    CompletableFuture<FullHttpResponse> first = ask("/");
    assertThat(first).isNotDone();
    assertThat(elsewhere).hasSize(1);
    elsewhere.remove().run();
    assertThat(first.join().content().readableBytes()).isPositive();
    assertThat(ask("/").join().headers().get("etag")).isEqualTo(first.join().headers().get("etag"));
    assertThat(ask("/ui/app.js")).isNotDone();
    assertThat(elsewhere).hasSize(1);
  }

  @Test
  void readerThatHasEnded_isTheCallersFailure() {
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() ->
            page.answer(
                "/",
                get("/"),
                task -> {
                  throw new RejectedExecutionException("ended");
                }));
    assertThat(page.isFor(get("/other"), "/other")).isFalse();
  }
}
