package dev.tallygate.benchmarks.compare;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Single calls, to see that a server is up and does its work. */
final class Probe implements AutoCloseable {
  private static final int ATTEMPTS = 300;
  private static final String BODY =
      "{\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /** Waits, half a minute at most, until the server takes calls. */
  void awaitUp(Gateway gateway) throws IOException, InterruptedException {
    Server server = gateway.server();
    IOException last = new IOException("no attempt");
    for (int attempt = 0; attempt < ATTEMPTS && server.running(); attempt++) {
      try {
        if (call(gateway, Scenario.PLAIN_1, Keys.any()).statusCode() == 200) {
          return;
        }
        last = new IOException("it refuses calls");
      } catch (IOException e) {
        last = e;
      }
      Thread.sleep(100);
    }
    throw new IOException(server.name() + " did not start, see " + server.log(), last);
  }

  /** Throws unless known keys get what the upstream answers, and others are refused. */
  void check(Gateway gateway, Gateway direct) throws IOException, InterruptedException {
    String name = gateway.contender().label();
    for (Scenario scenario : new Scenario[] {Scenario.PLAIN_1, Scenario.STREAM_64}) {
      String expected = call(direct, scenario, Keys.any()).body();
      if (!call(gateway, scenario, Keys.any()).body().equals(expected)) {
        throw new IOException(name + " changes what the upstream answers");
      }
      if (gateway.contender().checksKeys()
          && call(gateway, scenario, "pk_unknown").statusCode() != 401) {
        throw new IOException(name + " does not check keys");
      }
    }
  }

  private HttpResponse<String> call(Gateway gateway, Scenario scenario, String key)
      throws IOException, InterruptedException {
    String body =
        scenario.stream()
            ? BODY.replace(
                "{\"model\"",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"")
            : BODY;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(gateway.server(), gateway.path(scenario)))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(10))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    gateway.headers(scenario).forEach(request::header);
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** The body of a GET. */
  String get(Server server, String path) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(uri(server, path)).timeout(Duration.ofSeconds(10)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private static URI uri(Server server, String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
