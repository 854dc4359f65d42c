package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** What the port tells without a token. */
final class OpenPages {
  private final Supplier<JsonAnswer> health;
  private final MetricsPage metrics;

  OpenPages(Supplier<JsonAnswer> health, MetricsPage metrics) {
    this.health = health;
    this.metrics = metrics;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/health", Access.OPEN, call -> health()),
        new Route("GET", "/metrics", Access.OPEN, this::metrics));
  }

  private Reply health() {
    JsonAnswer now = health.get();
    return Reply.json(now.status(), now.body());
  }

  private Reply metrics(Call call) throws IOException {
    MetricsPage.Rendered page = metrics.render(call.request().header(HttpHeaderNames.ACCEPT));
    return Reply.of(page.contentType(), page.body());
  }
}
