package dev.tallygate.app.cli;

import dev.tallygate.model.Secret;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** The admin API of a gateway that runs somewhere. Blocks; one call at a time. */
public final class AdminApi implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** For the whole of an answer. What asks longest, an edit of a busy key file, takes 4 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** No answer of a gateway is nearly as long; what else answers may never end. */
  private static final long LONGEST_ANSWER = 64L * 1024 * 1024;

  private final String server;
  private final Secret token;
  private final Duration patience;
  // No redirects: the token is for this server only.
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param server base of the management port, such as {@code http://127.0.0.1:3001}
   * @param token the gateway's {@code ADMIN_TOKEN}
   */
  public AdminApi(URI server, Secret token) {
    this(server, token, PATIENCE);
  }

  AdminApi(URI server, Secret token, Duration patience) {
    this.server = server.toString().replaceFirst("/+$", "");
    this.token = token;
    this.patience = patience;
  }

  /** Text as a part of a path. */
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Reads; the path is what comes after {@code /admin/v1}. */
  public JsonNode get(String path, Map<String, String> query)
      throws CommandException, InterruptedException {
    String parameters =
        query.entrySet().stream()
            .map(each -> segment(each.getKey()) + '=' + segment(each.getValue()))
            .collect(Collectors.joining("&"));
    return send("GET", parameters.isEmpty() ? path : path + '?' + parameters, null);
  }

  /**
   * Makes a call.
   *
   * @return the answer; a missing node where there is none
   * @throws ApiProblem when the gateway answers that it will not
   * @throws CommandException when there is no answer, or one of something else
   */
  public JsonNode send(String method, String path, @Nullable JsonNode body)
      throws CommandException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + "/admin/v1" + path))
            .header("Authorization", "Bearer " + token.reveal())
            .header("Accept", "application/json");
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
      request
          .header("Content-Type", type)
          .method(method, BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body)));
    }
    return read(answer(request.build()));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private HttpResponse<String> answer(HttpRequest request)
      throws CommandException, InterruptedException {
    // The client's own timeout ends with the head of an answer.
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), LONGEST_ANSWER));
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new CommandException(
          server
              + " takes connections and has not answered within "
              + patience.toSeconds()
              + " s; is it a gateway's management port, and is that stopped or busy? A change that"
              + " was asked for may still be made");
    } catch (ExecutionException e) {
      throw new CommandException(told(e.getCause()));
    } finally {
      answer.cancel(true);
    }
  }

  private String told(@Nullable Throwable failure) {
    return switch (failure) {
      case ConnectException _, UnresolvedAddressException _, HttpConnectTimeoutException _ ->
          "no gateway answers at "
              + server
              + "; is it running, and is this its MANAGEMENT_PORT with an ADMIN_TOKEN set?";
      case SSLException e -> "no TLS connection to " + server + ": " + e.getMessage();
      case null, default ->
          "the connection to "
              + server
              + " broke"
              + (failure == null || failure.getMessage() == null
                  ? ""
                  : ": " + failure.getMessage());
    };
  }

  private JsonNode read(HttpResponse<String> answer) throws CommandException {
    int status = answer.statusCode();
    JsonNode json = json(answer);
    if (status >= 200 && status < 300 && json != null) {
      return json;
    }
    if (status == 401) {
      throw new ApiProblem(
          status,
          "the gateway at " + server + " does not take this ADMIN_TOKEN; set the one it runs with");
    }
    if (json == null || !json.isObject() || !json.path("title").isString()) {
      throw new CommandException(
          server + " answers " + status + ", and not as a gateway's admin API does");
    }
    throw new ApiProblem(status, message(json));
  }

  /** What it says to people, or each of several mistakes, which that would only count. */
  private static String message(JsonNode problem) {
    JsonNode errors = problem.path("errors");
    if (errors.size() > 1) {
      return errors
          .valueStream()
          .map(
              error -> error.path("field").asString("") + ": " + error.path("message").asString(""))
          .collect(Collectors.joining("; "));
    }
    String detail = problem.path("detail").asString(problem.path("title").asString(""));
    return detail.replaceFirst("\\.$", "");
  }

  private static @Nullable JsonNode json(HttpResponse<String> answer) {
    if (answer.body().isEmpty()) {
      return answer.statusCode() == 204 ? JsonNodeFactory.instance.missingNode() : null;
    }
    try {
      return JsonMapper.shared().readTree(answer.body());
    } catch (JacksonException e) {
      return null;
    }
  }
}
