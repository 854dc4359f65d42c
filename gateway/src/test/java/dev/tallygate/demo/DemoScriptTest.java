package dev.tallygate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tallygate.model.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demonstration against a stand-in for the gateway, honest and otherwise. */
class DemoScriptTest {
  private static final String KEY = "tg_demonstration_key_of_this_test_0042";

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger calls = new AtomicInteger();
  private SimulatedUpstream upstream;
  private HttpServer gateway;
  private long unrecorded;
  private boolean buffering;
  private boolean cacheOff;
  private boolean broken;

  @BeforeEach
  void start() throws IOException {
    Behaviour behaviour = Behaviour.PROMPT.withEventDelay(Duration.ofMillis(10));
    upstream = SimulatedUpstream.start(0, Set.of("master"), behaviour, Ticker.system());
    gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    gateway.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    gateway.createContext("/", this::handle);
    gateway.start();
  }

  @AfterEach
  void stop() {
    gateway.stop(0);
    client.shutdownNow();
    upstream.close();
  }

  @Test
  void run_honestGateway_findsNothingWrong() throws Exception {
    assertThat(run(StandardCharsets.UTF_8, false)).isEmpty();
    assertThat(text())
        .contains("→ POST /v1/chat/completions", "← 200 after", "tg_demon…0042")
        .contains("message_start", "content_block_delta", "message_stop")
        .contains("GET /cache-stats  hits 3, misses 1, hitRate 75.00")
        .contains("curl -s http://127.0.0.1:" + gateway.getAddress().getPort())
        .doesNotContain("\u001b[", "✗");
    assertThat(text().lines().filter(line -> !line.contains("-d '")))
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    assertThat(text().split("Repeat it", 2)[0]).doesNotContain(KEY);
  }

  @Test
  void run_asciiTerminalWithColours_printsAsciiInColour() throws Exception {
    assertThat(run(StandardCharsets.US_ASCII, true)).isEmpty();
    assertThat(text()).contains("\u001b[36m> POST /v1/messages\u001b[0m", "\u001b[32mOK ");
    assertThat(text().split("A streamed call", 2)[1]).contains("tg_demon...0042");
  }

  @Test
  void run_gatewayThatLosesAToken_saysSo() throws Exception {
    unrecorded = 1;
    assertThat(run(StandardCharsets.UTF_8, false))
        .singleElement()
        .asString()
        .startsWith("/stats says");
    assertThat(text()).contains("✗ /stats says");
  }

  @Test
  void run_gatewayThatBuffersStreams_saysSo() throws Exception {
    buffering = true;
    assertThat(run(StandardCharsets.UTF_8, false))
        .singleElement()
        .asString()
        .startsWith("the stream came at once");
  }

  @Test
  void run_gatewayWithoutCacheHits_saysSo() throws Exception {
    cacheOff = true;
    assertThat(run(StandardCharsets.UTF_8, false))
        .singleElement()
        .asString()
        .startsWith("/cache-stats shows no hits");
  }

  @Test
  void run_gatewayThatRefuses_saysSo() throws Exception {
    broken = true;
    assertThat(run(StandardCharsets.UTF_8, false))
        .contains(
            "the plain call was answered with status 503",
            "the streamed call was answered with status 503");
  }

  @Test
  void run_noGateway_saysSo() throws Exception {
    gateway.stop(0);
    assertThat(run(StandardCharsets.UTF_8, false))
        .singleElement()
        .asString()
        .startsWith("a call failed: java.net.ConnectException");
  }

  private List<String> run(Charset charset, boolean colours) throws InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + gateway.getAddress().getPort());
    PrintStream out = new PrintStream(printed, true, charset);
    return new DemoScript(uri, KEY, upstream, out, colours, Ticker.system()).run();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private void handle(HttpExchange http) throws IOException {
    try (http) {
      calls.incrementAndGet();
      http.getResponseHeaders().set("x-request-id", "req-1");
      String path = http.getRequestURI().getPath();
      if (broken) {
        reply(http, 503, "{}");
      } else if (path.equals("/stats")) {
        long used = upstream.served().total().charged() - unrecorded;
        reply(
            http,
            200,
            """
            {"key":"tg_demon…0042","total_lifetime_tokens":%1$d,"current_usage":
            {"tokens_used_in_current_window":%1$d,"remaining_tokens":9}}\
            """
                .formatted(used));
      } else if (path.equals("/cache-stats")) {
        reply(
            http,
            200,
            """
            {"hits":%d,"misses":1,"hitRate":75.00,"size":1,"maxSize":1000,"enabled":true}\
            """
                .formatted(cacheOff ? 0 : calls.get() - 1));
      } else {
        relay(http, path);
      }
    }
  }

  private void relay(HttpExchange http, String path) throws IOException {
    boolean anthropic = path.equals("/v1/messages");
    URI target =
        anthropic
            ? URI.create(upstream.anthropicBase() + path)
            : URI.create(upstream.openAiBase() + path.substring("/v1".length()));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .POST(HttpRequest.BodyPublishers.ofByteArray(http.getRequestBody().readAllBytes()))
            .header(
                anthropic ? "x-api-key" : "authorization", anthropic ? "master" : "Bearer master")
            .header("anthropic-version", "2023-06-01");
    try {
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (var body = response.body()) {
        byte[] all = buffering ? body.readAllBytes() : new byte[0];
        http.sendResponseHeaders(response.statusCode(), 0);
        OutputStream out = http.getResponseBody();
        out.write(all);
        byte[] buffer = new byte[4096];
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
          out.write(buffer, 0, read);
          out.flush();
        }
      }
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  private static void reply(HttpExchange http, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    http.sendResponseHeaders(status, bytes.length);
    http.getResponseBody().write(bytes);
  }
}
