package dev.tallygate.testkit;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Calls of a gateway's admin API, made with its token. */
public final class AdminClient {
  /** The token of gateways that tests administer. */
  public static final String TOKEN = "an-admin-token-of-tests";

  private static final String API = "/admin/v1";

  private final RunningGateway gateway;

  /** Calls this gateway, which has to have the {@link #TOKEN}. */
  public AdminClient(RunningGateway gateway) {
    this.gateway = gateway;
  }

  /** Where a path below {@code /admin/v1} is. */
  public URI uri(String path) {
    return gateway.managementUri(API + path);
  }

  /** GET. */
  public Http.Response get(String path, String... headers)
      throws IOException, InterruptedException {
    return send("GET", path, "", headers);
  }

  /** DELETE. */
  public Http.Response delete(String path, String... headers)
      throws IOException, InterruptedException {
    return send("DELETE", path, "", headers);
  }

  /** POST of JSON. */
  public Http.Response post(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return send("POST", path, body, headers);
  }

  /** PATCH with JSON. */
  public Http.Response patch(String path, String body, String... headers)
      throws IOException, InterruptedException {
    return send("PATCH", path, body, headers);
  }

  /** Any method; header names and values in turn, which go beside the token's. */
  public Http.Response send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("authorization", "Bearer " + TOKEN));
    if (!body.isEmpty()) {
      all.addAll(List.of("content-type", "application/json"));
    }
    all.addAll(List.of(headers));
    return Http.call(method, uri(path), body, all.toArray(new String[0]));
  }
}
