package dev.tallygate.app.doctor;

import dev.tallygate.app.cli.ServerFlag;
import dev.tallygate.config.Config;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Asks a gateway that runs how it is; a process that is stopped holds its port and says nothing.
 */
final class GatewayCheck {
  private static final String CHECK = "gateway";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long LONGEST_ANSWER = 64 * 1024;

  private final int port;
  private final @Nullable URI base;

  /** Of the one that this configuration is for. */
  GatewayCheck(Config config) {
    // Over TLS its certificate need not be one that is trusted here.
    int main = config.listen().tls() == null ? config.listen().port() : 0;
    this.port = main != 0 ? main : config.management().port().orElse(0);
    this.base =
        ServerFlag.base(main != 0 ? config.listen().host() : config.management().host(), port);
  }

  /**
   * What it says, within five seconds.
   *
   * @param user the process that holds the data folder, such as {@code process 17}
   */
  Finding finding(String user) throws InterruptedException {
    String runs = user + " runs one on this data folder";
    if (base == null) {
      return Finding.ok(CHECK, runs);
    }
    try {
      return told(runs, ask(base));
    } catch (TimeoutException e) {
      return Finding.problem(
          CHECK,
          runs + ", and nothing answers on port " + port + " within " + PATIENCE.toSeconds() + " s",
          "look whether it is stopped or busy; if it stays so, end it and start it again");
    } catch (ExecutionException e) {
      // It listens elsewhere; the check of the port tells.
      return Finding.ok(CHECK, runs);
    }
  }

  private Finding told(String runs, JsonNode health) {
    String reasons =
        health
            .path("reasons")
            .valueStream()
            .map(JsonNode::asString)
            .collect(Collectors.joining("; "));
    return switch (health.path("status").asString("")) {
      case "ok" -> Finding.ok(CHECK, runs + ", and is well");
      case "degraded" -> Finding.note(CHECK, runs + ", and serves, but: " + reasons, null);
      case "not_ready" -> Finding.problem(CHECK, runs + ", and serves nobody: " + reasons, null);
      default ->
          Finding.note(
              CHECK,
              runs + "; what answers on port " + port + " is no gateway",
              "look whether it was started with this configuration");
    };
  }

  private static JsonNode ask(URI base)
      throws InterruptedException, ExecutionException, TimeoutException {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    // The client's own timeout ends with the head of an answer.
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(base.resolve("/health")).build(),
            BodyHandlers.limiting(BodyHandlers.ofString(), LONGEST_ANSWER));
    try {
      return JsonMapper.shared()
          .readTree(answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).body());
    } catch (JacksonException e) {
      return MissingNode.getInstance();
    } finally {
      answer.cancel(true);
      http.shutdownNow();
    }
  }
}
