package dev.tallygate.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls in one line, for tests that do not care about single bytes. Ten seconds at most. */
public final class Http {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private Http() {}

  /** What came back. */
  public record Response(int status, HttpHeaders headers, String body) {
    /** The first value of a header, or the empty string. */
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    /** The body as JSON. */
    public JsonNode json() {
      return JSON.readTree(body);
    }
  }

  /** GET; header names and values in turn. */
  public static Response get(URI uri, String... headers) throws IOException, InterruptedException {
    return send("GET", uri, BodyPublishers.noBody(), headers);
  }

  /** POST of JSON; header names and values in turn. */
  public static Response post(URI uri, String body, String... headers)
      throws IOException, InterruptedException {
    return send("POST", uri, body, headers);
  }

  /** Any other method without a body; header names and values in turn. */
  public static Response call(String method, URI uri, String... headers)
      throws IOException, InterruptedException {
    return send(method, uri, BodyPublishers.noBody(), headers);
  }

  /** Any other method with a body of JSON, which may be empty; header names and values in turn. */
  public static Response send(String method, URI uri, String body, String... headers)
      throws IOException, InterruptedException {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "content-type";
    all[headers.length + 1] = "application/json";
    return send(method, uri, BodyPublishers.ofString(body), all);
  }

  /** Any method with a body; header names and values in turn, the content's type among them. */
  public static Response call(String method, URI uri, String body, String[] headers)
      throws IOException, InterruptedException {
    return send(method, uri, BodyPublishers.ofString(body), headers);
  }

  private static Response send(String method, URI uri, BodyPublisher body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, body).timeout(Duration.ofSeconds(10));
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
    return new Response(response.statusCode(), response.headers(), response.body());
  }
}
