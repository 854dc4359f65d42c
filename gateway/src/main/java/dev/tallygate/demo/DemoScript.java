package dev.tallygate.demo;

import dev.tallygate.model.Ticker;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The demonstration: one plain and one streamed call through a gateway to a simulated upstream,
 * what went over the wire, what was counted, and whether the two agree.
 *
 * <p>The gateway and the key must be new: usage and cache are compared from zero. Nothing waits
 * longer than a few seconds.
 */
public final class DemoScript {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String CHAT =
      """
      {"model":"glm-4.7","messages":[{"role":"user","content":"Say hello."}]}\
      """;
  private static final String MESSAGE =
      """
      {"model":"glm-4.7","max_tokens":64,"stream":true,\
      "messages":[{"role":"user","content":"Say hello in words=8."}]}\
      """;

  private final URI gateway;
  private final String key;
  private final SimulatedUpstream upstream;
  private final Page page;
  private final Ticker ticker;
  private final List<String> wrong = new ArrayList<>();
  private long charged;

  /**
   * Prepares it; nothing is sent yet.
   *
   * @param gateway where a gateway listens that has {@code upstream} as its upstream
   * @param key a key of that gateway that was never used
   * @param colours whether {@code out} is a terminal that shows them
   */
  public DemoScript(
      URI gateway,
      String key,
      SimulatedUpstream upstream,
      PrintStream out,
      boolean colours,
      Ticker ticker) {
    this.gateway = gateway;
    this.key = key;
    this.upstream = upstream;
    this.page = new Page(out, colours);
    this.ticker = ticker;
  }

  /** Sends, prints and compares; returns what is not as it should be, empty when all is well. */
  public List<String> run() throws InterruptedException {
    Served.Tokens before = upstream.served().total();
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build()) {
      try {
        plain(client);
        streamed(client);
        page.title("What was counted");
        counted(client, upstream.served().total().minus(before));
      } catch (ExecutionException e) {
        complain("a call failed: " + e.getCause());
      } catch (TimeoutException e) {
        complain("a call had no answer within " + PATIENCE.toSeconds() + " s");
      } catch (JacksonException e) {
        complain("an answer is not JSON: " + e.getOriginalMessage());
      } finally {
        client.shutdownNow();
      }
    }
    repeat();
    return List.copyOf(wrong);
  }

  private void plain(HttpClient client)
      throws ExecutionException, InterruptedException, TimeoutException {
    page.title("A plain call, OpenAI format");
    HttpRequest request = post("/v1/chat/completions", CHAT, "Authorization", "Bearer " + key);
    page.sent(
        "POST /v1/chat/completions",
        List.of("authorization: Bearer " + page.masked(key), "content-type: application/json"),
        CHAT);
    long start = ticker.nanos();
    HttpResponse<String> response = send(client, request, BodyHandlers.ofString());
    page.received(response.statusCode(), response.headers(), since(start));
    page.body(response.body());
    expectAnswered("the plain call", response.statusCode(), response.headers());
    JsonNode usage = json(response.body()).path("usage");
    charge(usage.path("prompt_tokens").asLong(0), usage.path("completion_tokens").asLong(0));
  }

  private void streamed(HttpClient client)
      throws ExecutionException, InterruptedException, TimeoutException {
    page.title("A streamed call, Anthropic format");
    HttpRequest request =
        post("/v1/messages", MESSAGE, "x-api-key", key, "anthropic-version", "2023-06-01");
    page.sent(
        "POST /v1/messages",
        List.of("x-api-key: " + page.masked(key), "content-type: application/json"),
        MESSAGE);
    long start = ticker.nanos();
    Transcript transcript = new Transcript(page, () -> since(start));
    HttpResponse<Void> response =
        send(
            client,
            request,
            head -> {
              page.received(head.statusCode(), head.headers(), since(start));
              return BodyHandlers.fromLineSubscriber(transcript).apply(head);
            });
    expectAnswered("the streamed call", response.statusCode(), response.headers());
    transcript.problems(upstream.behaviour().eventDelay()).forEach(this::complain);
    charge(transcript.input(), transcript.output());
  }

  private void counted(HttpClient client, Served.Tokens served)
      throws ExecutionException, InterruptedException, TimeoutException {
    JsonNode stats = get(client, "/stats");
    JsonNode window = stats.path("current_usage");
    long used = window.path("tokens_used_in_current_window").asLong(-1);
    long lifetime = stats.path("total_lifetime_tokens").asLong(-1);
    page.body(
        "GET /stats        tokens_used_in_current_window %d, remaining_tokens %d"
            .formatted(used, window.path("remaining_tokens").asLong(-1)));
    JsonNode cache = get(client, "/cache-stats");
    page.body(
        "GET /cache-stats  hits %d, misses %d, hitRate %.2f, size %d of %d"
            .formatted(
                cache.path("hits").asLong(-1),
                cache.path("misses").asLong(-1),
                cache.path("hitRate").asDouble(-1),
                cache.path("size").asLong(-1),
                cache.path("maxSize").asLong(-1)));

    expect(
        served.calls() == 2 && served.charged() == charged,
        "the answers carried the usage that the upstream counted: %d tokens in %d calls"
            .formatted(served.charged(), served.calls()),
        "the answers carried %d tokens, the upstream counted %d in %d calls"
            .formatted(charged, served.charged(), served.calls()));
    expect(
        used == served.charged() && lifetime == used,
        "/stats recorded all of it: %d input + %d output tokens"
            .formatted(served.input(), served.output()),
        "/stats says %d used and %d over the lifetime, the upstream served %d"
            .formatted(used, lifetime, served.charged()));
    expect(
        cache.path("enabled").asBoolean(false) && cache.path("hits").asLong(0) >= 2,
        "the key was known from memory after its first use",
        "/cache-stats shows no hits although the key was used again: " + cache);
    if (stats.path("key").asString("").contains(key)) {
      complain("/stats shows the whole key");
    }
  }

  private void repeat() {
    page.title("Repeat it (the key is made for this run)");
    page.verbatim("curl -s " + gateway.resolve("/v1/chat/completions") + " \\");
    page.verbatim("  -H 'Authorization: Bearer " + key + "' \\");
    page.verbatim("  -H 'Content-Type: application/json' \\");
    page.verbatim("  -d '" + CHAT + "'");
  }

  private JsonNode get(HttpClient client, String path)
      throws ExecutionException, InterruptedException, TimeoutException {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.resolve(path))
            .header("Authorization", "Bearer " + key)
            .build();
    HttpResponse<String> response = send(client, request, BodyHandlers.ofString());
    expectAnswered(path, response.statusCode(), response.headers());
    return json(response.body());
  }

  private HttpRequest post(String path, String body, String... headers) {
    return HttpRequest.newBuilder(gateway.resolve(path))
        .header("Content-Type", "application/json")
        .headers(headers)
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  // Bounds the whole answer; a request's own timeout would end with the head.
  private static <T> HttpResponse<T> send(
      HttpClient client, HttpRequest request, BodyHandler<T> handler)
      throws ExecutionException, InterruptedException, TimeoutException {
    return client.sendAsync(request, handler).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void expectAnswered(String what, int status, HttpHeaders headers) {
    if (status != 200) {
      complain(what + " was answered with status " + status);
    }
    if (headers.firstValue("x-request-id").isEmpty()) {
      complain(what + " was answered without x-request-id");
    }
  }

  private void expect(boolean condition, String good, String bad) {
    if (condition) {
      page.good(good);
    } else {
      complain(bad);
    }
  }

  private void complain(String text) {
    wrong.add(text);
    page.bad(text);
  }

  private void charge(long input, long output) {
    charged += input + output;
  }

  private Duration since(long startNanos) {
    return Duration.ofNanos(ticker.nanos() - startNanos);
  }

  private static JsonNode json(String text) {
    return SimulatedUpstream.JSON.readTree(text);
  }
}
