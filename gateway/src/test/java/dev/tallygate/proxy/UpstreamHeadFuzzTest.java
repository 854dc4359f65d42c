package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Secret;
import dev.tallygate.testkit.Fuzz;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever head a client sends: the one written for the upstream is one head with the upstream's
 * credential and without the client's, and all else that passes is as it came.
 */
public class UpstreamHeadFuzzTest {
  private static final String MASTER = "master-credential";
  private static final int LENGTH = 7;

  /** What the gateway writes itself, or what is of the client's connection. */
  private static final Set<String> NOT_THE_CLIENTS =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "expect",
          "authorization",
          "x-api-key",
          "api-key",
          "x-goog-api-key",
          "cookie",
          "http2-settings",
          "host",
          "accept-encoding",
          "content-length");

  @Test
  void anyHead_isWrittenAsOne() throws IOException {
    Fuzz.briefly(getClass(), UpstreamHeadFuzzTest::fuzzerTestOneInput, 8000, "fuzz/requests");
  }

  public static void fuzzerTestOneInput(byte[] input) {
    for (HttpRequest request : heads(input)) {
      String target = request.uri();
      if (target.chars().allMatch(c -> c > ' ' && c != 0x7f)) {
        checkHead(request, ApiFormat.OPENAI);
        checkHead(request, ApiFormat.ANTHROPIC);
      }
    }
  }

  private static void checkHead(HttpRequest request, ApiFormat format) {
    byte[] written = written(request, format);
    List<HttpRequest> heads = heads(written);
    assertThat(heads).hasSize(1);
    HttpRequest head = heads.getFirst();
    assertThat(head.method()).isEqualTo(request.method());
    assertThat(head.uri()).isEqualTo("/base" + request.uri());
    assertThat(head.headers().getAll(HttpHeaderNames.HOST)).containsExactly("upstream.example");
    assertThat(HttpUtil.getContentLength(head)).isEqualTo(LENGTH);
    assertThat(HttpUtil.isTransferEncodingChunked(head)).isFalse();
    boolean openAi = format == ApiFormat.OPENAI;
    assertThat(head.headers().getAll(HttpHeaderNames.AUTHORIZATION))
        .isEqualTo(openAi ? List.of("Bearer " + MASTER) : List.of());
    assertThat(head.headers().getAll("x-api-key")).isEqualTo(openAi ? List.of() : List.of(MASTER));
    List<String> passed = passing(head);
    List<String> came = passing(request);
    if (!openAi && !request.headers().contains("anthropic-version")) {
      passed.remove("anthropic-version: 2023-06-01");
    }
    if (request.headers().contains(HttpHeaderNames.CONNECTION)) {
      assertThat(came.containsAll(passed)).as("%s within %s", passed, came).isTrue();
    } else {
      assertThat(passed).isEqualTo(came);
    }
  }

  private static List<String> passing(HttpRequest head) {
    List<String> lines = new ArrayList<>();
    for (var header : head.headers()) {
      if (!NOT_THE_CLIENTS.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        // A folded line ends in white space that means nothing, and is lost at the next reading.
        lines.add(header.getKey() + ": " + header.getValue().strip());
      }
    }
    return lines;
  }

  private static byte[] written(HttpRequest request, ApiFormat format) {
    Secret master = new Secret(MASTER);
    UpstreamTarget target =
        new UpstreamTarget(format, "127.0.0.1", 1, null, "upstream.example", "/base", master);
    HeadWriter out = new HeadWriter();
    HeaderRules.toUpstream(request, null, target, request.uri(), master, LENGTH, out);
    ByteBuf buffer = Unpooled.buffer(out.length());
    out.copyTo(buffer);
    return buffer.array();
  }

  /** The heads in what is sent, up to the first mistake. */
  private static List<HttpRequest> heads(byte[] bytes) {
    HttpDecoderConfig strict =
        new HttpDecoderConfig().setStrictLineParsing(true).setUseRfc9112TransferEncoding(true);
    EmbeddedChannel channel = new EmbeddedChannel(new HttpRequestDecoder(strict));
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    List<HttpRequest> heads = new ArrayList<>();
    for (HttpObject next = channel.readInbound(); next != null; next = channel.readInbound()) {
      if (next.decoderResult().isSuccess() && next instanceof HttpRequest head) {
        heads.add(head);
      }
      ReferenceCountUtil.release(next);
    }
    boolean _ = channel.finishAndReleaseAll();
    return heads;
  }
}
