package dev.tallygate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.route.Router;
import dev.tallygate.testkit.Fuzz;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends and however it is cut: the same requests with the same bodies are
 * understood, up to the same mistake, and each head leads to a route or to a refusal.
 */
public class RequestHeadFuzzTest {
  private static final int MOST_BODY = 2000;
  private static final Router ROUTER = new Router();

  @Test
  void anyBytes_cutAnywhere_areTheSameRequests() throws IOException {
    Fuzz.briefly(getClass(), RequestHeadFuzzTest::fuzzerTestOneInput, 1000, "fuzz/requests");
  }

  @Test
  void endlessHeads_areRefused() {
    for (String endless : List.of("GET /", "GET / HTTP/1.1\r\na: b", "GET / HTTP/1.1\r\nab")) {
      byte[] bytes = (endless + "a".repeat(200_000)).getBytes(UTF_8);
      assertThat(told(bytes, new int[] {0, bytes.length}).getLast()).startsWith("refused 4");
    }
    byte[] lines = ("GET / HTTP/1.1\r\n" + "a: b\r\n".repeat(50_000)).getBytes(UTF_8);
    assertThat(told(lines, new int[] {0, lines.length}).getLast()).isEqualTo("refused 431");
  }

  @Test
  void foldedLines_areRefused_howeverTheyArrive() {
    String head = "POST / HTTP/1.1\r\nHost: a\r\n";
    String trailers = head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n";
    for (String begun : List.of(head, trailers)) {
      for (String folded :
          List.of(" z\r\n\r\n", "\tZ: a\r\n\r\n", " \r\n\r\n", " " + "z".repeat(70_000))) {
        byte[] bytes = (begun + folded).getBytes(UTF_8);
        assertThat(told(bytes, new int[] {0, bytes.length}).getLast()).isEqualTo("refused 400");
        assertThat(told(bytes, new int[] {0, begun.length(), bytes.length}).getLast())
            .isEqualTo("refused 400");
      }
    }
  }

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> whole = told(input, new int[] {0, input.length});
    assertThat(told(input, Fuzz.cuts(input))).as("cut").isEqualTo(whole);
    assertThat(told(input, IntStream.rangeClosed(0, input.length).toArray()))
        .as("byte by byte")
        .isEqualTo(whole);
  }

  /** What a connection makes of what arrives: heads, bodies, and at the first mistake no more. */
  private static List<String> told(byte[] input, int[] cuts) {
    EmbeddedChannel channel = new EmbeddedChannel(new RequestDecoder());
    BodyBudget budget = new BodyBudget(MOST_BODY);
    BodyCollector body = new BodyCollector(budget, MOST_BODY);
    List<String> told = new ArrayList<>();
    boolean goesOn = true;
    for (int part = 1; part < cuts.length; part++) {
      int length = cuts[part] - cuts[part - 1];
      channel.writeInbound(Unpooled.copiedBuffer(input, cuts[part - 1], length));
      for (HttpObject next = channel.readInbound(); next != null; next = channel.readInbound()) {
        goesOn = goesOn && tell(next, body, budget, told);
        ReferenceCountUtil.release(next);
      }
    }
    body.drop();
    assertThat(budget.used()).as("bytes that nobody gave back").isZero();
    boolean _ = channel.finishAndReleaseAll();
    return told;
  }

  /** Whether the connection goes on after it. */
  private static boolean tell(
      HttpObject message, BodyCollector body, BodyBudget budget, List<String> told) {
    if (message.decoderResult().isFailure()) {
      ApiError refusal = Refusals.malformed(message);
      told.add("refused " + refusal.status());
      return false;
    }
    if (message instanceof HttpRequest request) {
      ApiError fault = HeadRules.fault(request);
      told.add(fault == null ? head(request) : "refused " + fault.status());
      return fault == null;
    }
    ByteBuf part = ((HttpContent) message).content().retain();
    boolean last = message instanceof LastHttpContent;
    ApiError refusal = body.add(part, last, ByteBufAllocator.DEFAULT);
    if (refusal != null) {
      told.add("refused " + refusal.status());
      return false;
    }
    if (last) {
      ByteBuf whole = body.take();
      told.add("body " + whole.toString(ISO_8859_1));
      budget.giveBack(whole.readableBytes());
      whole.release();
    }
    return true;
  }

  private static String head(HttpRequest request) {
    assertThat(request.uri()).doesNotContain(" ", "\r", "\n");
    for (var header : request.headers()) {
      assertThat(header.getKey()).isNotEmpty().doesNotContain(" ", ":", "\r", "\n", "\0");
      assertThat(header.getValue()).doesNotContain("\r", "\n", "\0");
    }
    assertThat(Router.path(request.uri())).isNotNull();
    assertThat(RequestIds.of(request.headers().get(ErrorResponder.X_REQUEST_ID)))
        .matches("[\\w.:-]{1,128}");
    return request.method()
        + " "
        + request.uri()
        + " "
        + request.protocolVersion()
        + " "
        + request.headers().entries()
        + " "
        + ROUTER.route(request.method().name(), request.uri());
  }
}
