package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.util.ArrayList;
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
    List<Route> routes = new ArrayList<>();
    routes.add(new Route("GET", "/health", Access.OPEN, call -> health()));
    if (metrics != null) {
      routes.add(new Route("GET", "/metrics", Access.OPEN, call -> metrics(call, metrics)));
    }
    return routes;
  }

  private Reply health() {
    JsonAnswer now = health.get();
    return Reply.json(now.status(), now.body());
  }

  private static Reply metrics(Call call, MetricsPage metrics) throws IOException {
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
