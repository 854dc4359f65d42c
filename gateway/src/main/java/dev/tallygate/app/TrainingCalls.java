package dev.tallygate.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls of each kind to a gateway, again and again, so that a JVM that watches learns them. */
final class TrainingCalls {
  private static final int ROUNDS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String UNKNOWN_KEY = "pk_nobody_has_this";

  private static final String CHAT =
      """
      {"model":"glm-4.7","messages":[{"role":"user","content":"Say hello."}]}\
      """;
  private static final String STREAMED_CHAT =
      """
      {"model":"glm-4.7","stream":true,"messages":[{"role":"user","content":"words=20"}]}\
      """;
  private static final String MESSAGE =
      """
      {"model":"glm-4.5-air","max_tokens":64,"messages":[{"role":"user","content":"Hello."}]}\
      """;
  private static final String STREAMED_MESSAGE =
      """
      {"model":"glm-4.7","max_tokens":64,"stream":true,\
      "messages":[{"role":"user","content":"words=20"}]}\
      """;
  private static final String RESPONSE =
      """
      {"model":"glm-4.7","input":"Say hello."}\
      """;

  private record Call(HttpRequest request, int expected) {}

  private final URI gateway;
  private final List<Call> calls;

  TrainingCalls(URI gateway, String secret) {
    this.gateway = gateway;
    this.calls =
        List.of(
            get("/health", secret),
            post("/v1/chat/completions", CHAT, secret, 200),
            post("/v1/chat/completions", STREAMED_CHAT, secret, 200),
            post("/v1/messages", MESSAGE, secret, 200),
            post("/v1/messages", STREAMED_MESSAGE, secret, 200),
            post("/v1/responses", RESPONSE, secret, 200),
            get("/v1/models", secret),
            get("/stats", secret),
            get("/cache-stats", secret),
            post("/v1/chat/completions", CHAT, UNKNOWN_KEY, 401),
            post("/v1/messages", MESSAGE, UNKNOWN_KEY, 401),
            post("/v1/chat/completions", "no JSON", secret, 400));
  }

  /**
   * Makes them.
   *
   * @throws IOException when one is not answered as it should be, or not within seconds
   */
  void run() throws IOException, InterruptedException {
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build()) {
      try {
        for (int round = 0; round < ROUNDS; round++) {
          for (Call call : calls) {
            send(client, call);
          }
        }
      } finally {
        client.shutdownNow();
      }
    }
  }

  private static void send(HttpClient client, Call call) throws IOException, InterruptedException {
    String what = call.request().method() + " " + call.request().uri().getPath();
    try {
      int status =
          client
              .sendAsync(call.request(), BodyHandlers.ofByteArray())
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .statusCode();
      if (status != call.expected()) {
        throw new IOException(what + " got " + status + " (expected: " + call.expected() + ")");
      }
    } catch (ExecutionException e) {
      throw new IOException(what + " failed: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException(what + " had no answer within " + PATIENCE.toSeconds() + " s", e);
    }
  }

  private Call get(String path, String key) {
    return new Call(to(path, key).build(), 200);
  }

  private Call post(String path, String body, String key, int expected) {
    return new Call(
        to(path, key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        expected);
  }

  private HttpRequest.Builder to(String path, String key) {
    return HttpRequest.newBuilder(gateway.resolve(path)).header("Authorization", "Bearer " + key);
  }
}
