package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the port tells without a token. */
final class OpenPages {
  private final Supplier<JsonAnswer> health;
  private final @Nullable MetricsPage metrics;

  OpenPages(Supplier<JsonAnswer> health, @Nullable MetricsPage metrics) {
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
    if (metrics == null) {
      throw Problem.of(404, "Metrics are off. Set METRICS=on and start the gateway again.")
          .refused();
    }
    MetricsPage.Rendered page =
        metrics.render(
            call.request().header(HttpHeaderNames.ACCEPT),
            call.request().header(HttpHeaderNames.ACCEPT_ENCODING));
    Reply reply = Reply.of(page.contentType(), page.body()).with("vary", "accept, accept-encoding");
    return page.contentEncoding().isEmpty()
        ? reply
        : reply.with("content-encoding", page.contentEncoding());
  }
}
