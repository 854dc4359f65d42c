package dev.tallygate.app.cli;

import dev.tallygate.model.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
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
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private final String server;
  private final Secret token;
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
    this.server = server.toString().replaceFirst("/+$", "");
    this.token = token;
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
            .timeout(ANSWER_TIMEOUT)
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
    http.close();
  }

  private HttpResponse<String> answer(HttpRequest request)
      throws CommandException, InterruptedException {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (ConnectException | UnresolvedAddressException e) {
      throw new CommandException(
          "no gateway answers at "
              + server
              + "; is it running, and is this its MANAGEMENT_PORT with an ADMIN_TOKEN set?");
    } catch (HttpTimeoutException e) {
      throw new CommandException("the gateway at " + server + " does not answer in time");
    } catch (SSLException e) {
      throw new CommandException("no TLS connection to " + server + ": " + e.getMessage());
    } catch (IOException e) {
      throw new CommandException("the connection to " + server + " broke: " + e.getMessage());
    }
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
    StringBuilder message =
        new StringBuilder(json.path("detail").asString(json.path("title").asString()));
    json.path("errors")
        .forEach(error ->
            message
                .append("\n  ")
                .append(error.path("field").asString(""))
                .append(": ")
                .append(error.path("message").asString("")));
    answer
        .headers()
        .firstValue("Retry-After")
        .ifPresent(seconds -> message.append(" (again in ").append(seconds).append(" s)"));
    throw new ApiProblem(status, message.toString());
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
